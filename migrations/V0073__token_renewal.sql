-- Tokens are renewed by one at a time: a channel that gives a new refresh token with each use kills the one that is used twice.

alter table hub.stores
    add column token_expires_at timestamptz,  -- of the access token, where the channel says so
    add column token_lifetime_s int check (token_lifetime_s > 0);
create index stores_token_expires_at on hub.stores (token_expires_at) where token_expires_at is not null;

-- Who is renewing a store's token. Beside the store, since neither its version nor its audit has to do with it.
create table hub.store_renewals (
    store_id uuid primary key,
    workspace_id uuid not null,
    holder text,                                        -- null: nobody
    held_until timestamptz not null default 'epoch',
    fingerprint text,                                   -- of the credentials that are being renewed
    renewed_at timestamptz,
    constraint store_renewals_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
);
alter table hub.store_renewals enable row level security;
alter table hub.store_renewals force row level security;
create policy tenant on hub.store_renewals using (workspace_id = (select hub.workspace()));
grant select on hub.store_renewals to hub_app;
grant select, insert, update on hub.store_renewals to hub_worker;

-- Tells sealed credentials apart without opening them: SHA-256 of their sealed text, in hexadecimal.
create function hub.fingerprint(sealed text) returns text
language sql immutable parallel safe as $$
    select encode(sha256(convert_to(sealed, 'UTF8')), 'hex')
$$;

-- Asks for the right to renew a store's token with the credentials whose fingerprint is `used`. May be repeated.
--   args: {workspace, store, job?, holder, used, lease_ms}
--   → {granted: sealed credentials}: renew these, within the lease; {newer: sealed credentials}: somebody has;
--     {wait_ms}: somebody is at it, for so long at most; {gone: null}: there is no such store
create function hub.begin_refresh(args jsonb) returns text
language plpgsql as $$
declare
    wanted_store uuid := (args ->> 'store')::uuid;
    r hub.store_renewals;
    sealed text;
begin
    perform hub.act_for((args ->> 'workspace')::uuid, null, 'job-worker', args ->> 'job');
    if not exists (select from hub.stores s where s.id = wanted_store) then
        return '{"gone": null}';
    end if;
    insert into hub.store_renewals (store_id, workspace_id) values (wanted_store, hub.workspace()) on conflict do nothing;
    select * into r from hub.store_renewals where store_id = wanted_store for no key update;
    select s.credentials into sealed from hub.stores s where s.id = wanted_store; -- behind the lock: what the last one stored
    if hub.fingerprint(sealed) <> args ->> 'used' then
        return jsonb_build_object('newer', sealed)::text;
    elsif r.holder <> args ->> 'holder' and r.held_until > clock_timestamp() then
        return jsonb_build_object('wait_ms', hub.millis_until(r.held_until))::text;
    end if;
    update hub.store_renewals set holder = args ->> 'holder', fingerprint = args ->> 'used',
        held_until = clock_timestamp() + (args ->> 'lease_ms')::float8 * interval '1 millisecond'
    where store_id = wanted_store;
    return jsonb_build_object('granted', sealed)::text;
end
$$;

-- Ends a renewal: stores what it brought, at once, and lets the next one begin. Only by its holder, and only over the
-- credentials that it renewed: what a person has put there meanwhile stays. May be repeated.
--   args: {workspace, store, job?, holder, credentials?: sealed, token_lifetime_s?} → {stored}
create function hub.finish_refresh(args jsonb) returns text
language plpgsql as $$
declare
    wanted_store uuid := (args ->> 'store')::uuid;
    fresh text := args ->> 'credentials';
    r hub.store_renewals;
    is_stored boolean := false;
begin
    perform hub.act_for((args ->> 'workspace')::uuid, null, 'job-worker', args ->> 'job');
    select * into r from hub.store_renewals where store_id = wanted_store for no key update;
    if r.holder is distinct from args ->> 'holder' then
        return jsonb_build_object('stored',
            exists (select from hub.stores s where s.id = wanted_store and s.credentials = fresh))::text;
    end if;
    if fresh is not null then
        update hub.stores s set credentials = fresh,
            token_lifetime_s = coalesce((args ->> 'token_lifetime_s')::int, s.token_lifetime_s),
            token_expires_at = now() + (args ->> 'token_lifetime_s')::int * interval '1 second'
        where s.id = wanted_store and hub.fingerprint(s.credentials) = r.fingerprint;
        is_stored := found;
    end if;
    update hub.store_renewals set holder = null, held_until = 'epoch', fingerprint = null,
        renewed_at = case when is_stored then now() else renewed_at end
    where store_id = wanted_store;
    return jsonb_build_object('stored', is_stored)::text;
end
$$;

revoke execute on function hub.begin_refresh(jsonb), hub.finish_refresh(jsonb) from public;
grant execute on function hub.begin_refresh(jsonb), hub.finish_refresh(jsonb) to hub_worker;
grant execute on function hub.fingerprint(text) to hub_app, hub_worker;
