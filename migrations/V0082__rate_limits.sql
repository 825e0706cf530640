-- How often somebody may ask: GCRA (ITU-T I.371), exact under concurrency, a bucket for each user, key and address.
create table hub.rate_limits (
    class text not null check (class ~ '^[a-z][a-z-]{0,40}$'),
    subject text not null check (subject in ('user', 'key', 'address', 'account')),
    quantity int not null check (quantity > 0),
    period interval not null check (period between interval '1 second' and interval '1 day'),
    emission interval not null generated always as (period / quantity) stored,
    primary key (class, subject)
);
grant select on hub.rate_limits to hub_app, hub_auth;

-- Where a workspace has another limit than everybody.
create table hub.workspace_rate_limits (
    workspace_id uuid not null references hub.workspaces (id),
    class text not null,
    subject text not null,
    quantity int not null check (quantity > 0),
    period interval not null check (period between interval '1 second' and interval '1 day'),
    emission interval not null generated always as (period / quantity) stored,
    primary key (workspace_id, class, subject),
    constraint workspace_rate_limits_known foreign key (class, subject) references hub.rate_limits (class, subject)
);
alter table hub.workspace_rate_limits enable row level security;
alter table hub.workspace_rate_limits force row level security;
create policy tenant on hub.workspace_rate_limits using (workspace_id = (select hub.workspace()));
grant select on hub.workspace_rate_limits to hub_app;
grant select on hub.workspace_rate_limits to hub_auth;

insert into hub.rate_limits (class, subject, quantity, period) values
    ('read', 'user', 1200, '1 minute'), ('read', 'key', 1200, '1 minute'), ('read', 'address', 6000, '1 minute'),
    ('write', 'user', 600, '1 minute'), ('write', 'key', 600, '1 minute'), ('write', 'address', 3000, '1 minute'),
    -- what moves thousands of rows at once: imports, exports, replays of a range
    ('bulk', 'user', 60, '1 minute'), ('bulk', 'key', 60, '1 minute'), ('bulk', 'address', 300, '1 minute'),
    -- what product management systems post; shop owners whom a channel sends back
    ('events', 'key', 6000, '1 minute'), ('callback', 'address', 60, '1 minute'),
    -- requests that were refused: 401 and 403
    ('refused', 'user', 120, '1 minute'), ('refused', 'key', 120, '1 minute'), ('refused', 'address', 600, '1 minute');

-- Unlogged: a crash forgets at most a period's worth of requests, and a request that only reads has nothing to flush.
create unlogged table hub.rate_buckets (
    bucket text collate "C" primary key,
    tat timestamptz not null,  -- theoretical arrival time: when the bucket is empty again
    room interval not null     -- a request is refused when tat is later than now + room
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
grant select, insert, update on hub.rate_buckets to hub_app, hub_auth;
grant select, delete on hub.rate_buckets to hub_worker;

create function hub.rate_bucket(class text, subject text, workspace uuid, id text) returns text
language sql immutable parallel safe as $$
    select class || ':' || subject || ':' || coalesce(workspace::text, '') || ':' || id
$$;

-- What counts as one address: an IPv6 subscriber has a whole /64. Not strict, or Postgres would not inline it and plan it at each call.
create function hub.network(address text) returns text
language sql immutable parallel safe as $$
    select case family(address::inet) when 6 then network(set_masklen(address::inet, 64))::text else host(address::inet) end
$$;

-- Takes one request from the bucket of each of `subjects` ({user?, key?, address?, account?: id}) that the class limits, or from none.
-- The rows stay locked until the transaction ends, in the subjects' order, so that two requests never take the same place.
-- A loop over two or three rows: one statement for all of them takes three times as long to set up.
--   → {ok, retry_after_ms?, limits: [{name, quantity, window_s, remaining, reset_ms}]}
create function hub.take(workspace uuid, class text, subjects jsonb) returns jsonb
language plpgsql volatile as $$
declare
    arrival timestamptz := clock_timestamp();
    l record;
    name text;
    full_at timestamptz; -- when the bucket is empty again
    given text[] := '{}';
    emissions interval[] := '{}';
    limits jsonb := '[]';
begin
    for l in
        select d.subject, coalesce(own.quantity, d.quantity) as quantity, coalesce(own.period, d.period) as period,
               coalesce(own.emission, d.emission) as emission
        from hub.rate_limits d
        left join hub.workspace_rate_limits own on own.workspace_id = take.workspace and own.class = d.class and own.subject = d.subject
        where d.class = take.class and subjects ? d.subject
        order by d.subject
    loop
        name := hub.rate_bucket(class, l.subject, workspace, subjects ->> l.subject);
        insert into hub.rate_buckets as b (bucket, tat, room) values (name, arrival + l.emission, l.period - l.emission)
        on conflict (bucket) do update set tat = greatest(b.tat, arrival) + l.emission, room = excluded.room
            where b.tat <= arrival + excluded.room
        returning b.tat into full_at;
        if not found then
            -- All or none: what the others gave goes back; their rows are still ours.
            update hub.rate_buckets b set tat = b.tat - g.emission
            from unnest(given, emissions) g (bucket, emission) where b.bucket = g.bucket;
            select b.tat into full_at from hub.rate_buckets b where b.bucket = name;
            return jsonb_build_object('ok', false,
                'retry_after_ms', greatest(1, ceil(extract(epoch from full_at - l.period + l.emission - arrival) * 1000)::bigint));
        end if;
        given := given || name;
        emissions := emissions || l.emission;
        limits := limits || jsonb_build_object('name', class || '-' || l.subject, 'quantity', l.quantity,
            'window_s', extract(epoch from l.period)::int,
            'remaining', floor(extract(epoch from arrival + l.period - full_at) / extract(epoch from l.emission))::int,
            'reset_ms', ceil(extract(epoch from full_at - arrival) * 1000)::bigint);
    end loop;
    return jsonb_build_object('ok', true, 'limits', limits);
end
$$;
