-- API keys at work: who calls by one, how they are made, changed, rotated and ended.

-- A signing key's secret is derived, not kept; its hash is: a master key that was replaced makes no secrets for newer keys.
alter table hub.api_keys
    drop constraint api_keys_hash,
    alter column hash set not null,
    drop constraint api_keys_hint_check,
    add constraint api_keys_hint_check check (length(hint) <= 100), -- a signing key's keyid
    drop constraint api_keys_previous,
    add constraint api_keys_previous check ((previous_hash is null) = (previous_until is null));

-- Before anybody knows the workspace, a request sees the row of the key that it names, and no other.
create policy named on hub.api_keys for select to hub_app using (id = (select hub.setting('hub.key'))::uuid);
create policy named_used on hub.api_keys for update to hub_app using (id = (select hub.setting('hub.key'))::uuid);
revoke update on hub.api_keys from hub_app;
grant update (name, scopes, hash, previous_hash, previous_until, generation, hint, expires_at, revoked_at, last_used_at, version,
    updated_at) on hub.api_keys to hub_app;

alter table hub.api_key_nonces enable row level security;
alter table hub.api_key_nonces force row level security;
create policy named on hub.api_key_nonces to hub_app using (key_id = (select hub.setting('hub.key'))::uuid);
create policy worker_forgets on hub.api_key_nonces to hub_worker using (true);

create trigger touch before update on hub.api_keys for each row
    when ((to_jsonb(old) - 'last_used_at') is distinct from (to_jsonb(new) - 'last_used_at'))
    execute function hub.touch();

create view api.api_keys with (security_invoker = true) as
select id, workspace_id, user_id, name, kind, scopes, hint,
    case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'active' end as status,
    case when previous_until > now() then previous_until end as previous_until, generation, expires_at, revoked_at, last_used_at, version,
    created_at, updated_at
from hub.api_keys;
grant select on api.api_keys to hub_app;

-- Whether `presented` is the key's secret, or the one before while that is good. Both are SHA-256 of 256 random bits: how
-- long comparing them takes tells nobody anything about a secret.
create function hub.key_fits(k hub.api_keys, presented bytea, of_generation int) returns boolean
language sql stable as $$
    select coalesce(presented = k.hash and coalesce(of_generation, k.generation) = k.generation, false)
        or coalesce(presented = k.previous_hash and k.previous_until > now()
                    and coalesce(of_generation, k.generation - 1) = k.generation - 1, false)
$$;

-- Whose key it is and what it may.
--   key: {id, hash, generation? (signing keys), nonce?, nonce_until?}; of the statements of a signed request the first has the nonce
-- Raises HB401 (unknown, wrong, expired, revoked) and HB409 (the nonce was used). Notes the use, once a minute and
-- without waiting: who finds the row locked leaves it to the other.
create function hub.key_caller(key jsonb) returns table (user_id uuid, workspace_id uuid, scopes text[])
language plpgsql volatile as $$
declare
    k hub.api_keys;
begin
    perform set_config('hub.key', key ->> 'id', true);
    select * into k from hub.api_keys a where a.id = (key ->> 'id')::uuid;
    if k.id is null or (k.kind = 'signing') <> (key ->> 'generation' is not null)
        or not hub.key_fits(k, decode(key ->> 'hash', 'hex'), (key ->> 'generation')::int)
        or k.revoked_at is not null or k.expires_at <= now()
    then
        raise exception 'the key is unknown, wrong, expired or revoked' using errcode = 'HB401';
    end if;
    if key ->> 'nonce' is not null then
        insert into hub.api_key_nonces (key_id, nonce, expires_at)
        values (k.id, key ->> 'nonce', to_timestamp((key ->> 'nonce_until')::bigint))
        on conflict do nothing;
        if not found then
            raise exception 'the nonce was used' using errcode = 'HB409';
        end if;
    end if;
    if k.last_used_at is null or k.last_used_at < now() - interval '1 minute' then
        update hub.api_keys a set last_used_at = now()
        where a.id in (select b.id from hub.api_keys b where b.id = k.id for no key update skip locked);
    end if;
    return query select k.user_id, k.workspace_id, k.scopes;
end
$$;

create function hub.api_key_answer(outcome text, wanted uuid) returns jsonb
language sql stable as $$
    select jsonb_build_object('outcome', outcome, 'row', to_jsonb(v)) from api.api_keys v where v.id = wanted
$$;
create function hub.api_key_invalid(field text, issue text) returns jsonb
language sql immutable as $$
    select jsonb_build_object('outcome', 'invalid', 'field', field, 'issue', issue, 'message', field || ': ' || issue)
$$;

-- POST /api-keys. args: {id, name, kind, scopes, expires_at?, hash (hex), hint, made}
-- `made` comes back with the row: who repeats the request by its idempotency key sees that the secret is not of this time.
create function hub.create_api_key(args jsonb) returns text
language plpgsql volatile as $$
declare
    wanted text[] := array(select jsonb_array_elements_text(args -> 'scopes'));
    beyond text;
    ends_at timestamptz := (args ->> 'expires_at')::timestamptz;
begin
    select scope into beyond from unnest(wanted) scope where not hub.may(hub.setting('hub.role'), scope) limit 1;
    if beyond is not null then
        return hub.api_key_invalid('scopes', format('you have no right to %s yourself', beyond))::text;
    elsif ends_at <= now() then
        return hub.api_key_invalid('expires_at', 'lies in the past')::text;
    end if;
    insert into hub.api_keys (id, workspace_id, user_id, name, kind, scopes, hash, hint, expires_at)
    values ((args ->> 'id')::uuid, hub.workspace(), hub.user_id(), args ->> 'name', args ->> 'kind', wanted,
            decode(args ->> 'hash', 'hex'), args ->> 'hint', ends_at);
    return jsonb_set(hub.api_key_answer('created', (args ->> 'id')::uuid), '{row,made}', args -> 'made')::text;
end
$$;

-- PATCH /api-keys/{id}. args: {id, name?, scopes?, expires_at?, if_match?}
-- A key only ever loses power: whoever holds its secret may be another than who changes it.
create function hub.change_api_key(args jsonb) returns text
language plpgsql volatile as $$
declare
    k hub.api_keys;
    wanted text[];
    ends_at timestamptz := (args ->> 'expires_at')::timestamptz;
begin
    select * into k from hub.api_keys where id = (args ->> 'id')::uuid for no key update;
    wanted := case when jsonb_typeof(args -> 'scopes') = 'array' then array(select jsonb_array_elements_text(args -> 'scopes')) else k.scopes end;
    if k.id is null then
        return '{"outcome": "not_found"}';
    elsif k.version <> (args ->> 'if_match')::int then
        return hub.api_key_answer('stale', k.id)::text;
    elsif k.revoked_at is not null then
        return (hub.api_key_answer('conflict', k.id) || '{"message": "The key is revoked. Make a new one with POST /api-keys."}')::text;
    elsif not wanted <@ k.scopes then
        return hub.api_key_invalid('scopes', 'can be taken away only; for more, make a new key')::text;
    elsif ends_at > k.expires_at then
        return hub.api_key_invalid('expires_at', 'can be brought forward only; for longer, rotate the key or make a new one')::text;
    end if;
    update hub.api_keys set name = coalesce(args ->> 'name', name), scopes = wanted, expires_at = coalesce(ends_at, expires_at)
    where id = k.id;
    return hub.api_key_answer('ok', k.id)::text;
end
$$;

-- POST /api-keys/{id}/rotate. args: {id, generation (of the new secret), hash (hex), hint, overlap_hours, expires_at?, if_match?, made}
-- The new secret acts as the key's maker: only its maker may have it.
create function hub.rotate_api_key(args jsonb) returns text
language plpgsql volatile as $$
declare
    k hub.api_keys;
    ends_at timestamptz := (args ->> 'expires_at')::timestamptz;
    overlap interval := (args ->> 'overlap_hours')::int * interval '1 hour';
begin
    select * into k from hub.api_keys where id = (args ->> 'id')::uuid for no key update;
    if k.id is null then
        return '{"outcome": "not_found"}';
    elsif k.user_id <> hub.user_id() then
        return '{"outcome": "forbidden", "message": "A key acts as who made it: only they can rotate it. Revoke it and make one of your own."}';
    elsif k.version <> (args ->> 'if_match')::int then
        return hub.api_key_answer('stale', k.id)::text;
    elsif k.revoked_at is not null then
        return (hub.api_key_answer('conflict', k.id) || '{"message": "The key is revoked. Make a new one with POST /api-keys."}')::text;
    elsif k.generation + 1 <> (args ->> 'generation')::int then
        return (hub.api_key_answer('conflict', k.id) || '{"message": "The key is being rotated by another request."}')::text;
    elsif ends_at <= now() then
        return hub.api_key_invalid('expires_at', 'lies in the past')::text;
    end if;
    update hub.api_keys set hash = decode(args ->> 'hash', 'hex'), hint = args ->> 'hint', generation = k.generation + 1,
        expires_at = coalesce(ends_at, expires_at),
        previous_hash = case when overlap > '0' then k.hash end, previous_until = case when overlap > '0' then now() + overlap end
    where id = k.id;
    return jsonb_set(hub.api_key_answer('ok', k.id), '{row,made}', args -> 'made')::text;
end
$$;

revoke execute on function hub.key_fits(hub.api_keys, bytea, int), hub.key_caller(jsonb), hub.api_key_answer(text, uuid),
    hub.api_key_invalid(text, text), hub.create_api_key(jsonb), hub.change_api_key(jsonb), hub.rotate_api_key(jsonb) from public;
grant execute on function hub.key_fits(hub.api_keys, bytea, int), hub.key_caller(jsonb), hub.api_key_answer(text, uuid),
    hub.api_key_invalid(text, text), hub.create_api_key(jsonb), hub.change_api_key(jsonb), hub.rotate_api_key(jsonb) to hub_app;
