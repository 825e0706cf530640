-- What is remembered between requests to a store's channel, so that every worker keeps to the same limits.

-- A limit of a store that was drawn from. GCRA: a bucket is as empty as full_at lies ahead.
create table hub.store_limits (
    store_id uuid not null,
    workspace_id uuid not null,
    name text not null check (length(name) between 1 and 100),
    full_at timestamptz not null default 'epoch',   -- when the bucket is full again if nothing more is drawn
    issued bigint not null default 0,               -- units given out since the beginning
    per_second float8 check (per_second between 0.00001 and 1000000), -- as the channel says; null: as the plugin publishes it
    burst float8 check (burst between 1 and 1000000000),
    primary key (store_id, name),
    constraint store_limits_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
) with (fillfactor = 50); -- no index on mutable columns: updates stay HOT

-- Whether a store's channel may be asked at all: what it wished for, and the circuit breaker.
create table hub.store_traffic (
    store_id uuid primary key,
    workspace_id uuid not null,
    blocked_until timestamptz not null default 'epoch', -- the channel said Retry-After
    failures int not null default 0 check (failures >= 0), -- requests in a row without a proper answer
    trips int not null default 0 check (trips >= 0),    -- how often the breaker opened since the last proper answer
    open_until timestamptz,                             -- null: closed; past: half open
    probe_until timestamptz,                            -- half open: one request is out until then
    constraint store_traffic_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
) with (fillfactor = 50);

-- Answers that are good for a while: taxonomies, product types, blueprints.
create table hub.channel_cache (
    store_id uuid not null,
    workspace_id uuid not null,
    key text not null check (length(key) = 64), -- SHA-256 of method, address and body, in hexadecimal
    status smallint not null,
    content_type text,
    etag text,
    body text not null,
    fresh_until timestamptz not null,
    primary key (store_id, key),
    constraint channel_cache_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
);
create index channel_cache_fresh_until on hub.channel_cache (fresh_until);

-- One row for each request that was sent, or answered from the cache. Never a query, a header or a body.
create table hub.channel_requests (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    store_id uuid not null,
    job_id uuid,
    operation text not null,
    method text not null,
    host text not null,
    path text not null,
    status smallint,        -- null: no answer
    error text,             -- connect, timeout, broken, denied
    attempt smallint not null default 1, -- which try of this request it was
    wait_ms int not null default 0,      -- before it was sent: for the limits, or between two tries
    duration_ms int not null default 0,
    request_bytes int not null default 0,
    response_bytes int,
    cached boolean not null default false, -- the body came from the cache
    created_at timestamptz not null default clock_timestamp(),
    constraint channel_requests_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
);
create index channel_requests_store_created on hub.channel_requests (store_id, created_at desc, id desc);
create index channel_requests_created on hub.channel_requests (created_at);

do $$
declare
    tenant text;
begin
    foreach tenant in array array['store_limits', 'store_traffic', 'channel_cache', 'channel_requests']
    loop
        execute format('alter table hub.%I enable row level security', tenant);
        execute format('alter table hub.%I force row level security', tenant);
        execute format('create policy tenant on hub.%I using (workspace_id = (select hub.workspace()))', tenant);
    end loop;
end
$$;
-- Retention works across workspaces; everything else is under the context of the job's own.
create policy worker_trims on hub.channel_requests for delete to hub_worker using (true);
create policy worker_finds on hub.channel_requests for select to hub_worker using (true);
create policy worker_trims on hub.channel_cache for delete to hub_worker using (true);
create policy worker_finds on hub.channel_cache for select to hub_worker using (true);

grant select on hub.store_limits, hub.store_traffic, hub.channel_cache, hub.channel_requests to hub_app;
grant select, insert, update on hub.store_limits, hub.store_traffic to hub_worker;
grant select, insert, update, delete on hub.channel_cache to hub_worker;
grant select, insert, delete on hub.channel_requests to hub_worker;

create view api.channel_requests with (security_invoker = true) as
select id, workspace_id, store_id, job_id, operation, method, host, path, status, error, attempt, wait_ms, duration_ms,
    request_bytes, response_bytes, cached, created_at
from hub.channel_requests;
grant select on api.channel_requests to hub_app, hub_worker;
