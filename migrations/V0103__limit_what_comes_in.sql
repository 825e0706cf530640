-- What comes in without a session has its limits too: events by their key, shop owners who come back by their address.
-- Notifications of channels have none: they come from addresses that all shops of a channel share, so that whoever has a channel
-- send bad ones could keep everybody's out.
grant select on hub.rate_limits, hub.workspace_rate_limits to hub_worker;
grant insert, update on hub.rate_buckets to hub_worker;

-- As hub.take, but over the limit the statement ends, so that nothing of it stays. Raises HB429.
create function hub.take_or_end(workspace uuid, class text, subjects jsonb) returns void
language plpgsql volatile as $$
declare
    took jsonb := hub.take(workspace, class, jsonb_strip_nulls(subjects));
begin
    if not (took ->> 'ok')::boolean then
        raise exception '%', took using errcode = 'HB429';
    end if;
end
$$;

-- Stores a verified event and its nonce and queues its processing, all or nothing. The key is looked at again: who checked
-- the signature may have known its secret for a while.
--   args: {key_id, nonce, event_id, topic, headers, command, encoding: text|base64, request_id?}
--   → {outcome: stored|duplicate|conflict|replayed|unknown, id?, conflicts?}; raises HB429
create or replace function hub.receive_pms_event(args jsonb, body text) returns text
language plpgsql as $$
declare
    source uuid := (args ->> 'key_id')::uuid;
    raw bytea := hub.raw_body(args ->> 'encoding', body);
    digest bytea := sha256(raw);
    event uuid := hub.uuid7();
    job uuid := hub.uuid7();
    k record;
begin
    perform set_config('hub.key', source::text, true);
    select t.workspace_id, t.last_used_at into k from hub.webhook_keys t
    where t.id = source and t.revoked_at is null and (t.expires_at is null or t.expires_at > now());
    if k.workspace_id is null then
        return '{"outcome": "unknown"}';
    end if;
    perform hub.act_for(k.workspace_id, null, 'webhooks', args ->> 'request_id');
    perform hub.take_or_end(k.workspace_id, 'events', jsonb_build_object('key', source));
    insert into hub.webhook_nonces (key_id, nonce, workspace_id) values (source, args ->> 'nonce', k.workspace_id)
    on conflict do nothing;
    if not found then
        return '{"outcome": "replayed"}';
    end if;
    insert into hub.webhook_events (id, workspace_id, key_id, event_id, topic, headers, body, body_sha256, command, job_id)
    values (event, k.workspace_id, source, args ->> 'event_id', args ->> 'topic', args -> 'headers', raw, digest, args -> 'command', job)
    on conflict (coalesce(store_id, key_id), event_id) do nothing;
    if not found then
        return hub.known_webhook(source, args ->> 'event_id', digest);
    end if;
    perform hub.queue_webhook(event, k.workspace_id, null, job);
    if k.last_used_at is null or k.last_used_at < now() - interval '1 minute' then
        update hub.webhook_keys t set last_used_at = now()
        where t.id = (select o.id from hub.webhook_keys o where o.id = source for no key update skip locked);
    end if;
    return '{"outcome": "stored", "id": "' || event || '"}';
end
$$;

-- The state comes back: consumes it, and answers what is needed to go on. One statement, so that it works once.
--   args: {state_hash, request_id, ip?} → {outcome: ok|not_found|forbidden, id, workspace_id, user_id, redirect_uri, verifier,
--   store: {id, platform, name, config, credentials}}; not_found: never given, used or expired; raises HB429
create or replace function hub.consume_connection(args jsonb) returns text
language plpgsql as $$
declare
    c hub.connections;
    member_role text;
    store jsonb;
begin
    perform hub.act_for(null, null, 'oauth-callback', args ->> 'request_id');
    perform hub.take_or_end(null, 'callback', jsonb_build_object('address', hub.network(args ->> 'ip')));
    delete from hub.connections where state_hash = args ->> 'state_hash' returning * into c;
    if c.id is null or c.expires_at <= now() then
        return '{"outcome": "not_found"}';
    end if;
    perform hub.act_for(c.workspace_id, c.user_id, 'oauth-callback', args ->> 'request_id');
    select m.role into member_role from hub.members m where m.workspace_id = c.workspace_id and m.user_id = c.user_id;
    if member_role is null or not hub.may(member_role, 'stores') then
        return '{"outcome": "forbidden"}';
    end if;
    select jsonb_build_object('id', s.id, 'platform', s.platform, 'name', s.name, 'config', s.config, 'credentials', s.credentials)
    into store from hub.stores s where s.id = c.store_id;
    return jsonb_build_object('outcome', 'ok', 'id', c.id, 'workspace_id', c.workspace_id, 'user_id', c.user_id,
        'redirect_uri', c.redirect_uri, 'verifier', c.verifier, 'store', store)::text;
end
$$;
