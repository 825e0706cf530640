-- How often somebody may ask: GCRA (ITU-T I.371), exact under concurrency, a bucket for each user, key and address.
create table hub.rate_limits (
    workspace_id uuid references hub.workspaces (id), -- null: where the workspace has none of its own
    class text not null check (class ~ '^[a-z][a-z-]{0,40}$'),
    subject text not null check (subject in ('user', 'key', 'address', 'account')),
    quantity int not null check (quantity > 0),
    period interval not null check (period between interval '1 second' and interval '1 day'),
    emission interval not null generated always as (period / quantity) stored,
    constraint rate_limits_key unique nulls not distinct (workspace_id, class, subject)
);
alter table hub.rate_limits enable row level security;
alter table hub.rate_limits force row level security;
create policy tenant on hub.rate_limits for select using (workspace_id is null or workspace_id = (select hub.workspace()));
grant select on hub.rate_limits to hub_app, hub_auth;

insert into hub.rate_limits (class, subject, quantity, period) values
    ('read', 'user', 1200, '1 minute'), ('read', 'key', 1200, '1 minute'), ('read', 'address', 6000, '1 minute'),
    ('write', 'user', 600, '1 minute'), ('write', 'key', 600, '1 minute'), ('write', 'address', 3000, '1 minute'),
    -- what moves thousands of rows at once: imports, exports, replays of a range
    ('bulk', 'user', 60, '1 minute'), ('bulk', 'key', 60, '1 minute'), ('bulk', 'address', 300, '1 minute'),
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

-- Takes one request from the bucket of each of `subjects` ({user?, key?, address?, account?: id}) that the class limits, or from none.
-- The rows stay locked until the transaction ends, in one order, so that two requests never take the same place.
--   → {ok, retry_after_ms, limits: [{name, quantity, window_s, remaining, reset_ms}]}
create function hub.take(workspace uuid, class text, subjects jsonb) returns jsonb
language plpgsql volatile as $$
declare
    arrival timestamptz := clock_timestamp();
    limits jsonb;
    wait interval; -- null: every bucket gave
    given text[];
    emissions interval[];
begin
    with wanted as materialized (
        select hub.rate_bucket(take.class, s.key, take.workspace, s.value) as bucket, s.key as subject, l.quantity, l.period, l.emission
        from jsonb_each_text(subjects) s
        cross join lateral (select r.quantity, r.period, r.emission from hub.rate_limits r
            where r.class = take.class and r.subject = s.key and (r.workspace_id = take.workspace or r.workspace_id is null)
            order by r.workspace_id nulls last limit 1) l
        where s.value is not null
    ), taken as (
        insert into hub.rate_buckets as b (bucket, tat, room)
        select w.bucket, arrival + w.emission, w.period - w.emission from wanted w order by w.bucket
        on conflict (bucket) do update set tat = greatest(b.tat, arrival) + (excluded.tat - arrival), room = excluded.room
            where b.tat <= arrival + excluded.room
        returning b.bucket, b.tat
    )
    select jsonb_agg(jsonb_build_object('name', take.class || '-' || w.subject, 'quantity', w.quantity,
                   'window_s', extract(epoch from w.period)::int,
                   'remaining', case when t.bucket is null then 0 else floor(extract(epoch from arrival + w.period - t.tat) / extract(epoch from w.emission))::int end,
                   'reset_ms', ceil(extract(epoch from coalesce(t.tat, b.tat, arrival) - arrival) * 1000)::bigint)
               order by t.bucket is not null, w.bucket),
           -- Of a bucket that was full there may be a newer state than this statement sees: then the wait is a little short.
           max(greatest(coalesce(b.tat, arrival) + w.emission - w.period - arrival, '1 millisecond')) filter (where t.bucket is null),
           coalesce(array_agg(t.bucket) filter (where t.bucket is not null), '{}'),
           coalesce(array_agg(w.emission) filter (where t.bucket is not null), '{}')
    into limits, wait, given, emissions
    from wanted w left join taken t using (bucket) left join hub.rate_buckets b using (bucket);
    if wait is not null then
        -- All or none: what the others gave goes back; their rows are still ours.
        update hub.rate_buckets b set tat = b.tat - g.emission
        from unnest(given, emissions) g (bucket, emission) where b.bucket = g.bucket;
    end if;
    return jsonb_build_object('ok', wait is null, 'limits', coalesce(limits, '[]'),
        'retry_after_ms', ceil(extract(epoch from wait) * 1000)::bigint);
end
$$;
