-- Letting us into a shop: POST /stores/{id}/connect sends its owner to the channel with a single-use state, and the channel
-- sends them back to /oauth/callback with it. The state is kept as its hash, the PKCE verifier sealed.
create table hub.connections (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    store_id uuid not null,
    user_id uuid not null references hub.users (id), -- who asked; must still be allowed to when the answer comes
    state_hash text not null check (state_hash ~ '^[0-9a-f]{64}$'), -- SHA-256
    verifier text not null, -- sealed (RFC 7636)
    redirect_uri text not null check (length(redirect_uri) between 1 and 2000),
    expires_at timestamptz not null default now() + interval '10 minutes',
    created_at timestamptz not null default now(),
    constraint connections_state_key unique (state_hash),
    constraint connections_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
);
create index connections_store_id on hub.connections (workspace_id, store_id);
create index connections_expiry on hub.connections (expires_at);

alter table hub.connections enable row level security;
alter table hub.connections force row level security;
create policy tenant on hub.connections using (workspace_id = (select hub.workspace()));
create policy worker_all on hub.connections to hub_worker using (true); -- the state alone says whose it is
grant select, insert on hub.connections to hub_app;
grant select, delete on hub.connections to hub_worker;

-- What a channel's notifications need: they are registered where they are missing.
create function hub.enqueue_subscription(workspace uuid, store uuid) returns uuid
language plpgsql as $$
begin
    return hub.enqueue(jsonb_build_object('type', 'subscribe_webhooks', 'workspace_id', workspace, 'store_id', store,
        'unique_key', 'subscribe:' || store));
end
$$;

-- The state comes back: consumes it, and answers what is needed to go on. One statement, so that it works once.
--   args: {state_hash, request_id} → {outcome: ok|not_found|forbidden, id, workspace_id, user_id, redirect_uri, verifier,
--   store: {id, platform, name, config, credentials}}; not_found: never given, used or expired
create function hub.consume_connection(args jsonb) returns text
language plpgsql as $$
declare
    c hub.connections;
    member_role text;
    store jsonb;
begin
    perform hub.act_for(null, null, 'oauth-callback', args ->> 'request_id');
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

-- The channel let us in: the store is active with its new credentials, and its notifications are seen to.
--   args: {workspace_id, user_id, store_id, credentials (sealed), config?, token_lifetime_s?, subscribe, request_id}
--   → {outcome: ok|not_found, job_id?}
create function hub.complete_connection(args jsonb) returns text
language plpgsql as $$
declare
    lifetime int := nullif((args ->> 'token_lifetime_s')::int, 0);
    job uuid;
begin
    perform hub.act_for((args ->> 'workspace_id')::uuid, (args ->> 'user_id')::uuid, 'oauth-callback', args ->> 'request_id');
    update hub.stores s set credentials = args ->> 'credentials', status = 'active', status_reason = null,
        config = s.config || coalesce(nullif(args -> 'config', 'null'), '{}'),
        token_lifetime_s = lifetime, token_expires_at = now() + make_interval(secs => lifetime)
    where s.id = (args ->> 'store_id')::uuid;
    if not found then
        return '{"outcome": "not_found"}';
    end if;
    if (args -> 'subscribe')::boolean then
        job := hub.enqueue_subscription((args ->> 'workspace_id')::uuid, (args ->> 'store_id')::uuid);
    end if;
    return jsonb_strip_nulls(jsonb_build_object('outcome', 'ok', 'job_id', job))::text;
end
$$;

-- Schedules look at the stores of all workspaces, but only where they say so: without it the worker's role sees none.
create policy worker_surveys on hub.stores for select to hub_worker using ((select hub.setting('hub.survey')) = 'stores');

-- Renews access tokens before they end: a quarter of their life before, at least ten minutes, but not before half of it.
--   args: {batch?, request_id?} → {"enqueued": n, "connections_removed": n}
-- A store whose last renewal was asked for within five minutes is left alone: a renewal that leaves the end where it was must
-- not be repeated without a pause. What is asked of a store that is not active is for a person to repair.
create function hub.enqueue_refreshes(args jsonb) returns text
language plpgsql as $$
declare
    due record;
    most int := coalesce((args ->> 'batch')::int, 500);
    n int := 0;
    removed int;
begin
    perform hub.act_for(null, null, 'token-refresh', args ->> 'request_id'), set_config('hub.survey', 'stores', true);
    for due in
        select s.id, s.workspace_id from hub.stores s
        where s.status = 'active' and s.token_expires_at is not null
          and s.token_expires_at < now() + least(
              greatest(interval '10 minutes', make_interval(secs => s.token_lifetime_s::float8 / 4)),
              make_interval(secs => s.token_lifetime_s::float8 / 2))
          and not exists (select from hub.jobs j where j.workspace_id = s.workspace_id and j.store_id = s.id
              and j.type = 'authenticate' and j.created_at > now() - interval '5 minutes')
        order by s.token_expires_at limit most
    loop
        perform hub.act_for(due.workspace_id, null, 'token-refresh', args ->> 'request_id');
        perform hub.enqueue(jsonb_build_object('type', 'authenticate', 'workspace_id', due.workspace_id, 'store_id', due.id,
            'queue', 'auth', 'unique_key', 'authenticate:' || due.id, 'priority', 50));
        n := n + 1;
    end loop;
    perform hub.act_for(null, null, 'token-refresh', args ->> 'request_id'), set_config('hub.survey', '', true);
    delete from hub.connections where id in (
        select c.id from hub.connections c where c.expires_at < now() - interval '1 day' order by c.expires_at limit most);
    get diagnostics removed = row_count;
    return jsonb_build_object('enqueued', n, 'connections_removed', removed)::text;
end
$$;

revoke execute on function hub.consume_connection(jsonb), hub.complete_connection(jsonb), hub.enqueue_refreshes(jsonb) from public;
grant execute on function hub.consume_connection(jsonb), hub.complete_connection(jsonb), hub.enqueue_refreshes(jsonb) to hub_worker;
