-- The queue, in: how a job gets a lane, and how a worker gets jobs. One call is one statement is one transaction.
-- Where a claim takes an already running job's place is decided by lease_seq, which only ever rises.

-- The status that a listing goes back to when its publication does not come about.
alter table hub.job_data add column listing_status text;

-- One priority step is worth this much waiting: rank = run_at - priority * step, so jobs age without updates.
create function hub.rank_at(run_at timestamptz, priority int) returns timestamptz
language sql immutable parallel safe as $$
    select run_at - priority * interval '1 minute'
$$;

-- The lane of a store's queue, or of the workspace's own where the job is about no store. Without a channel
-- behind it nobody needs protection from us, so such a lane is wide.
create function hub.lane(wanted_workspace uuid, wanted_store uuid, wanted_queue text) returns int
language plpgsql as $$
declare
    found_id int;
begin
    loop
        select l.id into found_id from hub.lanes l
        where l.workspace_id = wanted_workspace and l.queue = wanted_queue
          and (l.store_id = wanted_store or (l.store_id is null and wanted_store is null));
        exit when found_id is not null;
        insert into hub.lanes (workspace_id, store_id, queue, max_running)
        values (wanted_workspace, wanted_store, wanted_queue, case when wanted_store is null then 100 else 4 end)
        on conflict on constraint lanes_key do nothing
        returning id into found_id;
        exit when found_id is not null;
    end loop;
    return found_id;
end
$$;

-- Adds a job and returns its id; where a living job has the same unique_key, that one's id.
--   job: {type, payload?, workspace_id?, user_id?, store_id?, listing_id?, approval_id?, priority?, run_at?,
--         max_attempts?, unique_key?, queue?, listing_status?}; workspace and user are the context's by default
create function hub.enqueue(job jsonb) returns uuid
language plpgsql as $$
declare
    owner_id uuid := coalesce((job ->> 'workspace_id')::uuid, hub.workspace());
    starts_at timestamptz := greatest(coalesce((job ->> 'run_at')::timestamptz, now()), now());
    wanted_priority int := coalesce((job ->> 'priority')::int, 0);
    wanted_key text := job ->> 'unique_key';
    job_lane int := hub.lane(owner_id, (job ->> 'store_id')::uuid, coalesce(job ->> 'queue', 'default'));
    job_id uuid;
begin
    loop
        insert into hub.jobs (workspace_id, lane_id, store_id, listing_id, approval_id, type, state, priority, run_at, rank,
            max_attempts, unique_key)
        values (owner_id, job_lane, (job ->> 'store_id')::uuid, (job ->> 'listing_id')::uuid, (job ->> 'approval_id')::uuid,
            job ->> 'type', case when starts_at > now() then 'scheduled' else 'ready' end, wanted_priority, starts_at,
            hub.rank_at(starts_at, wanted_priority), coalesce((job ->> 'max_attempts')::int, 12), wanted_key)
        on conflict (workspace_id, unique_key)
            where unique_key is not null and state in ('scheduled', 'ready', 'running') do nothing
        returning id into job_id;
        exit when job_id is not null;
        select j.id into job_id from hub.jobs j
        where j.workspace_id = owner_id and j.unique_key = wanted_key and j.state in ('scheduled', 'ready', 'running');
        if job_id is not null then
            return job_id;
        end if; -- it ended between the two statements: the key is free now
    end loop;
    insert into hub.job_data (job_id, workspace_id, user_id, payload, listing_status)
    values (job_id, owner_id, coalesce((job ->> 'user_id')::uuid, hub.user_id()), coalesce(job -> 'payload', '{}'),
        job ->> 'listing_status');
    return job_id;
end
$$;

-- Scheduled jobs whose time has come. The look before it keeps an idle tick free of writes and triggers.
create function hub.promote(most int) returns void
language plpgsql as $$
begin
    if exists (select from hub.jobs where state = 'scheduled' and run_at <= now()) then
        update hub.jobs j set state = 'ready'
        from (select id from hub.jobs where state = 'scheduled' and run_at <= now()
              order by run_at limit most for no key update skip locked) due
        where j.id = due.id;
    end if;
end
$$;

-- Keeps the worker's slot or takes a free one; false when all are held. Waits for nobody while it holds a row.
create function hub.take_slot(worker uuid, slots int, lease interval) returns boolean
language plpgsql as $$
declare
    free int;
begin
    update hub.worker_slots set lease_until = now() + lease where holder = worker and slot <= slots;
    if found then
        return true;
    end if;
    update hub.worker_slots w set holder = worker, lease_until = now() + lease
    from (select slot from hub.worker_slots where slot <= slots and lease_until < now()
          order by slot limit 1 for no key update skip locked) ended
    where w.slot = ended.slot;
    if found then
        return true;
    end if;
    for free in
        select s.n from generate_series(1, slots) as s (n)
        where not exists (select from hub.worker_slots w where w.slot = s.n)
    loop
        insert into hub.worker_slots (slot, holder, lease_until) values (free, worker, now() + lease) on conflict do nothing;
        if found then
            return true;
        end if; -- somebody was faster
    end loop;
    return false;
end
$$;

-- What a channel needs to know of a listing; under the context of its workspace.
create function hub.listing_card(wanted uuid) returns jsonb
language plpgsql stable as $$
begin
    return (select jsonb_build_object(
        'listing', jsonb_build_object('id', l.id, 'external_id', l.external_id, 'price', hub.money_text(l.price_minor, l.currency),
            'currency', l.currency, 'inventory', l.inventory, 'status', l.status, 'platform_data', l.platform_data),
        'product', jsonb_build_object('id', p.id, 'sku', p.sku, 'title', p.title, 'description', p.description, 'vendor', p.vendor,
            'product_type', p.product_type, 'handle', p.handle, 'tags', p.tags, 'status', p.status, 'options', p.options,
            'images', p.images, 'variants', coalesce((
                select jsonb_agg(jsonb_build_object('id', v.id, 'sku', v.sku, 'price', hub.money_text(v.price_minor, v.currency),
                    'compare_at_price', hub.money_text(v.compare_at_price_minor, v.currency), 'barcode', v.barcode,
                    'inventory', v.inventory, 'weight_grams', v.weight_grams, 'option_values', v.option_values,
                    'position', v.position) order by v.position, v.id)
                from hub.product_variants v where v.product_id = p.id), '[]')))
    from hub.listings l join hub.products p on p.id = l.product_id
    where l.id = wanted);
end
$$;

-- A claimed job as the worker gets it. Sets the job's own context first: the worker's role sees no store, product
-- or listing but through it.
create function hub.claimed_job(j hub.jobs) returns jsonb
language plpgsql as $$
declare
    data hub.job_data;
    store jsonb;
    card jsonb := '{}';
begin
    select * into data from hub.job_data d where d.job_id = j.id;
    if j.store_id is not null or j.listing_id is not null then
        perform hub.act_for(j.workspace_id, data.user_id, 'job-worker', j.id::text);
        select jsonb_build_object('id', s.id, 'platform', s.platform, 'config', s.config, 'credentials', s.credentials,
            'status', s.status) into store
        from hub.stores s where s.id = j.store_id;
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
        'store', store, 'payload', card || jsonb_build_object('payload', coalesce(data.payload, '{}')),
        'obstacle', hub.job_obstacle(j, card));
end
$$;

-- Gives a worker jobs to run.
--   args: {worker, workers_max, batch, lease_ms} → {"jobs": […]}, with "slot": true when the worker holds one now,
--   with "full": true when none was free
-- An idle tick ends before it takes a slot. Lanes are served in turn, each with its fair share of the batch;
-- a lane with a rate gives one job a call, which makes its bound exact. The look for ready jobs ends in "offset 0"
-- so that it stays a probe of the index for each lane and is not turned into a join.
create function hub.claim(args jsonb) returns text
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
          and exists (select from hub.jobs r where r.lane_id = l.id and r.state = 'ready' offset 0)
        limit batch) open;
    if open_lanes = 0 then
        return '{"jobs": []}';
    end if;
    if not hub.take_slot((args ->> 'worker')::uuid, (args ->> 'workers_max')::int, lease) then
        return '{"jobs": [], "full": true}';
    end if;
    share := (batch + open_lanes - 1) / open_lanes;

    with lanes as materialized (
        select l.id, l.running, l.tat, l.emission,
            case when l.emission > '0' then 1 else least(l.max_running - l.running, share) end as room
        from hub.lanes l
        where not l.paused and l.running < l.max_running and l.blocked_until <= now()
          and (l.emission = '0' or l.tat <= now() + l.burst)
          and exists (select from hub.jobs r where r.lane_id = l.id and r.state = 'ready' offset 0)
        order by l.served_at, l.id limit batch
        for no key update of l skip locked),
    pick as materialized (
        select r.id, l.id as lane_id, l.running, l.tat, l.emission
        from lanes l cross join lateral (
            select c.id from hub.jobs c where c.lane_id = l.id and c.state = 'ready'
            order by c.rank, c.id limit l.room for no key update skip locked) r
        limit batch),
    charged as ( -- absolute values: the check on running fires before a concurrent update is looked at again
        update hub.lanes l set running = p.running + p.n, served_at = clock_timestamp(),
            tat = case when p.emission > '0' then greatest(p.tat, now()) + p.emission * p.n else l.tat end
        from (select lane_id, running, tat, emission, count(*)::int as n from pick group by 1, 2, 3, 4) p
        where l.id = p.lane_id)
    select array_agg(id) into picked from pick;

    -- A statement of its own, by ids: joined with the pick above, a planner that does not know its size reads the whole table.
    with stamped as (
        update hub.jobs t set state = 'running', lease_seq = t.lease_seq + 1, attempts = t.attempts + 1,
            lease_until = now() + lease, started_at = now()
        where t.id = any (picked)
        returning t)
    select array_agg(s.t order by (s.t).rank, (s.t).id) into taken from stamped s;

    insert into hub.job_logs (job_id, workspace_id, attempt, event, data)
    select t.id, t.workspace_id, t.attempts, 'claimed', jsonb_build_object('worker', args ->> 'worker', 'lease_until', t.lease_until)
    from unnest(taken) as t;
    foreach j in array coalesce(taken, '{}') loop
        given := given || jsonb_build_array(hub.claimed_job(j));
    end loop;
    return jsonb_build_object('jobs', given, 'slot', true)::text;
end
$$;
