-- At most one job of a listing runs at a time: channels that take whole documents are read, compared and written, and two
-- that do so at once undo each other. And what a notification's job gets, and what follows when a job ends.
create index jobs_listing_open on hub.jobs (listing_id, rank, id) where listing_id is not null and state in ('ready', 'running');

-- Whether a ready job of a listing may be picked: no job of the listing runs, and it is the first in its lane. All jobs of a
-- listing are in one lane, its store's. plpgsql: the plan is kept; callers look for jobs of no listing themselves.
create function hub.listing_is_free(of_listing uuid, of_lane int, at_rank timestamptz, job_id uuid) returns boolean
language plpgsql stable as $$
begin
    return not exists (
        select from hub.jobs o where o.listing_id = of_listing and (o.state = 'running'
            or (o.state = 'ready' and o.lane_id = of_lane and (o.rank, o.id) < (at_rank, job_id))));
end
$$;

-- A claimed job as the worker gets it. Sets the job's own context first: the worker's role sees no store, product
-- or listing but through it.
create or replace function hub.claimed_job(j hub.jobs) returns jsonb
language plpgsql as $$
declare
    data hub.job_data;
    store jsonb;
    event jsonb;
    card jsonb := '{}';
begin
    select * into data from hub.job_data d where d.job_id = j.id;
    if j.store_id is not null or j.listing_id is not null or j.type = 'process_webhook' then
        perform hub.act_for(j.workspace_id, data.user_id, 'job-worker', j.id::text);
        select jsonb_build_object('id', s.id, 'platform', s.platform, 'config', s.config, 'credentials', s.credentials,
            'status', s.status) into store
        from hub.stores s where s.id = j.store_id;
    end if;
    if j.type = 'process_webhook' then
        event := hub.webhook_card((data.payload ->> 'webhook_event_id')::uuid);
    end if;
    if j.listing_id is not null then
        card := coalesce(hub.listing_card(j.listing_id), '{}');
        if j.type = 'update_listing' and card <> '{}' then
            card := jsonb_set(card, '{listing}', (card -> 'listing')
                || jsonb_strip_nulls(jsonb_build_object('price', data.payload -> 'price', 'inventory', data.payload -> 'inventory')));
        end if;
    end if;
    return jsonb_build_object('id', j.id, 'lease_seq', j.lease_seq, 'type', j.type, 'attempts', j.attempts,
        'max_attempts', j.max_attempts, 'workspace_id', j.workspace_id, 'user_id', data.user_id, 'listing_id', j.listing_id,
        'asked_at', hub.moment(j.created_at), 'store', store, 'event', event,
        'payload', card || jsonb_build_object('payload', coalesce(data.payload, '{}')), 'obstacle', hub.job_obstacle(j, card));
end
$$;

-- Gives a worker jobs to run.
--   args: {worker, workers_max, batch, lease_ms} → {"jobs": […]}, with "slot": true when the worker holds one now,
--   with "full": true when none was free
-- An idle tick ends before it takes a slot. Lanes are served in turn, each with its fair share of the batch;
-- a lane with a rate gives one job a call, which makes its bound exact. The look for ready jobs ends in "offset 0"
-- so that it stays a probe of the index for each lane and is not turned into a join.
create or replace function hub.claim(args jsonb) returns text
language plpgsql as $$
declare
    batch int := greatest((args ->> 'batch')::int, 1);
    lease interval := make_interval(secs => (args ->> 'lease_ms')::float8 / 1000);
    open_lanes int;
    share int;
    picked uuid[];
    taken hub.jobs[];
    given jsonb := '[]';
    j hub.jobs;
begin
    perform hub.act_for(null, null, 'job-worker', null);
    perform hub.promote(greatest(batch, 500));
    select count(*) into open_lanes from (
        select from hub.lanes l
        where not l.paused and l.running < l.max_running and l.blocked_until <= now()
          and (l.emission = '0' or l.tat <= now() + l.burst)
          and exists (select from hub.jobs r where r.lane_id = l.id and r.state = 'ready'
            and (r.listing_id is null or hub.listing_is_free(r.listing_id, r.lane_id, r.rank, r.id)) offset 0)
        limit batch) open;
    if open_lanes = 0 then
        return '{"jobs": []}';
    end if;
    if not hub.take_slot((args ->> 'worker')::uuid, (args ->> 'workers_max')::int, lease) then
        return '{"jobs": [], "full": true}';
    end if;
    share := (batch + open_lanes - 1) / open_lanes;

    with lanes as materialized (
        select l.id, case when l.emission > '0' then 1 else least(l.max_running - l.running, share) end as room
        from hub.lanes l
        where not l.paused and l.running < l.max_running and l.blocked_until <= now()
          and (l.emission = '0' or l.tat <= now() + l.burst)
          and exists (select from hub.jobs r where r.lane_id = l.id and r.state = 'ready'
            and (r.listing_id is null or hub.listing_is_free(r.listing_id, r.lane_id, r.rank, r.id)) offset 0)
        order by l.served_at, l.id limit batch
        for no key update of l skip locked)
    select array_agg(r.id) into picked from (
        select r.id from lanes l cross join lateral (
            select c.id from hub.jobs c
            where c.lane_id = l.id and c.state = 'ready'
              and (c.listing_id is null or hub.listing_is_free(c.listing_id, c.lane_id, c.rank, c.id))
            order by c.rank, c.id limit l.room for no key update skip locked) r
        limit batch) r;

    -- Statements of their own. By ids: joined with the pick above, a planner that does not know its size reads the whole
    -- table. And after it: between the pick's snapshot and its lock on a lane another worker may have taken a job of the same
    -- listing, which only a later statement sees; no further one can, the lane is locked.
    with stamped as (
        update hub.jobs t set state = 'running', lease_seq = t.lease_seq + 1, attempts = t.attempts + 1,
            lease_until = now() + lease, started_at = now()
        where t.id = any (picked)
          and (t.listing_id is null or hub.listing_is_free(t.listing_id, t.lane_id, '-infinity', t.id))
        returning t)
    select array_agg(s.t order by (s.t).rank, (s.t).id) into taken from stamped s;

    update hub.lanes l set running = l.running + p.n, served_at = clock_timestamp(),
        tat = case when l.emission > '0' then greatest(l.tat, now()) + l.emission * p.n else l.tat end
    from (select t.lane_id, count(*)::int as n from unnest(taken) as t group by t.lane_id) p
    where l.id = p.lane_id;

    insert into hub.job_logs (job_id, workspace_id, attempt, event, data)
    select t.id, t.workspace_id, t.attempts, 'claimed', jsonb_build_object('worker', args ->> 'worker', 'lease_until', t.lease_until)
    from unnest(taken) as t;
    foreach j in array coalesce(taken, '{}') loop
        given := given || jsonb_build_array(hub.claimed_job(j));
    end loop;
    return jsonb_build_object('jobs', given, 'slot', true)::text;
end
$$;

-- What follows when a job has ended. The end of a preview or of a notification's job without success is followed where
-- those are kept.
create function hub.follow_end() returns trigger
language plpgsql as $$
declare
    data hub.job_data;
begin
    if hub.workspace() is distinct from new.workspace_id then
        perform hub.act_for(new.workspace_id, null, coalesce(hub.setting('hub.actor'), 'job-worker'), new.id::text);
    end if;
    select * into data from hub.job_data d where d.job_id = new.id;
    if new.type = 'subscribe_webhooks' then
        update hub.stores set webhooks = jsonb_build_object('checked_at', hub.moment(now())) || case
            when new.state = 'done' then coalesce(data.result, '{}')
            else jsonb_build_object('error', coalesce(data.error, 'no worker reported in time')) end
        where id = new.store_id;
    elsif new.state <> 'done' then
        return null;
    elsif new.type = 'preview_listing' then
        perform hub.record_preview(new.approval_id, new.listing_id,
            jsonb_build_object('issues', coalesce(data.result -> 'issues', '[]')));
    elsif new.type = 'process_webhook' and data.result ? 'status' then
        perform hub.settle_webhook((data.payload ->> 'webhook_event_id')::uuid,
            data.result ->> 'status', data.result ->> 'detail');
    elsif new.type = 'read_orders' then
        perform hub.continue_orders(new, data);
    end if;
    return null;
end
$$;
create trigger follow_end after update of state on hub.jobs for each row
    when (new.type in ('preview_listing', 'process_webhook', 'subscribe_webhooks', 'read_orders')
        and new.state in ('done', 'dead') and old.state = 'running')
    execute function hub.follow_end();

-- The next page of a reading of orders; after the last one, how far the reading came: to where its first page began.
create function hub.continue_orders(j hub.jobs, data hub.job_data) returns void
language plpgsql as $$
declare
    page int := coalesce((data.payload ->> 'page')::int, 1);
    until text := coalesce(data.payload ->> 'until', hub.moment(j.started_at));
begin
    if data.result ->> 'next_cursor' is not null and page < 1000 then -- a channel that never ends is not followed for ever
        perform hub.enqueue(jsonb_build_object('type', 'read_orders', 'workspace_id', j.workspace_id, 'store_id', j.store_id,
            'unique_key', j.unique_key, 'payload', data.payload
                || jsonb_build_object('cursor', data.result -> 'next_cursor', 'page', page + 1, 'until', until)));
    elsif data.result ->> 'next_cursor' is null and data.payload ? 'watch' then
        update hub.stores set orders_read_until = greatest(orders_read_until, until::timestamptz) where id = j.store_id;
    end if;
end
$$;

-- Which listing a channel's product is. publishing: a publication of the store has begun whose product is not known yet.
--   args: {workspace_id, store_id, external_id} → {listing_id, publishing}
create function hub.find_listing(args jsonb) returns text
language plpgsql as $$
declare
    of_store uuid := (args ->> 'store_id')::uuid;
begin
    perform hub.act_for((args ->> 'workspace_id')::uuid, null, 'job-worker', null);
    return jsonb_build_object(
        'listing_id', (select id from hub.listings where store_id = of_store and external_id = args ->> 'external_id'),
        'publishing', exists (select from hub.jobs j
            where j.workspace_id = hub.workspace() and j.store_id = of_store and j.type = 'publish_listing'
              and j.state in ('scheduled', 'ready', 'running') and j.attempts > 0))::text;
end
$$;
