-- The queue, kept: leases prolonged, taken back and repaired; what people change; what becomes too old.

-- args: {jobs: [{id, lease_seq}], worker, lease_ms} → [{id, held, cancel_requested}]; the worker's slot is prolonged too
create function hub.renew(args jsonb) returns text
language plpgsql as $$
declare
    ends_at timestamptz := now() + make_interval(secs => (args ->> 'lease_ms')::float8 / 1000);
    answer jsonb;
begin
    perform hub.act_for(null, null, 'job-worker', args ->> 'worker');
    update hub.worker_slots set lease_until = ends_at where holder = (args ->> 'worker')::uuid;
    with asked as (
        select * from jsonb_to_recordset(coalesce(args -> 'jobs', '[]')) as r (id uuid, lease_seq int)),
    held as (
        update hub.jobs j set lease_until = ends_at
        from asked where j.id = asked.id and j.lease_seq = asked.lease_seq and j.state = 'running'
        returning j.id, j.cancel_requested)
    select jsonb_agg(jsonb_build_object('id', asked.id, 'held', held.id is not null,
        'cancel_requested', coalesce(held.cancel_requested, false))) into answer
    from asked left join held on held.id = asked.id;
    return coalesce(answer, '[]')::text;
end
$$;

-- args: {worker}; gives the worker's slot back
create function hub.release_worker(args jsonb) returns text
language plpgsql as $$
begin
    delete from hub.worker_slots where holder = (args ->> 'worker')::uuid;
    return jsonb_build_object('released', found)::text;
end
$$;

-- Takes back jobs whose lease ran out: their worker died, or hangs and will be refused.
create function hub.reap(most int) returns int
language plpgsql as $$
declare
    j hub.jobs;
    next text;
    n int := 0;
begin
    for j in
        select * from hub.jobs where state = 'running' and lease_until < now()
        order by lane_id, id limit most for no key update skip locked
    loop
        perform hub.act_for(j.workspace_id, null, 'job-maintenance', j.id::text);
        next := case when j.cancel_requested then 'cancelled' when j.attempts >= j.max_attempts then 'dead' else 'ready' end;
        update hub.jobs set state = next, lease_until = null, completed_at = case when next <> 'ready' then now() end
        where id = j.id;
        insert into hub.job_logs (job_id, workspace_id, attempt, event, message)
        values (j.id, j.workspace_id, j.attempts, 'lease_expired',
            case next when 'ready' then 'The worker did not report in time; the job is given out again.'
                when 'dead' then 'The worker did not report in time, and no attempt is left.'
                else 'The worker did not report in time; the job is cancelled as asked.' end);
        if next = 'dead' then
            update hub.job_data set error = coalesce(error, 'no worker reported in time') where job_id = j.id;
        end if;
        perform hub.discharge(jsonb_build_array(jsonb_build_object('lane_id', j.lane_id)));
        n := n + 1;
    end loop;
    return n;
end
$$;

-- Sets a lane's count right where it is not the number of its running jobs. The second look is under the lane's lock,
-- which claims and results wait for.
create function hub.repair_lanes() returns int
language plpgsql as $$
declare
    suspect int;
    actual int;
    n int := 0;
begin
    for suspect in
        select l.id from hub.lanes l
        left join (select lane_id, count(*)::int as n from hub.jobs where state = 'running' group by lane_id) c on c.lane_id = l.id
        where l.running <> coalesce(c.n, 0) order by l.id
    loop
        perform from hub.lanes where id = suspect for no key update skip locked;
        continue when not found;
        select count(*) into actual from hub.jobs where lane_id = suspect and state = 'running';
        update hub.lanes set running = actual where id = suspect and running <> actual;
        n := n + found::int;
    end loop;
    return n;
end
$$;

-- Everything that has to be done now and then; in batches, so that no call is long.
--   args: {retention_days, batch?} → what was done. The audit is kept for ever.
create function hub.maintain(args jsonb) returns text
language plpgsql as $$
declare
    most int := coalesce((args ->> 'batch')::int, 1000);
    too_old timestamptz := now() - (args ->> 'retention_days')::int * interval '1 day';
    reaped int;
    repaired int;
    jobs int;
    logs int;
    keys int;
    slots int;
begin
    perform hub.act_for(null, null, 'job-maintenance', args ->> 'request_id');
    reaped := hub.reap(most);
    repaired := hub.repair_lanes();
    perform hub.act_for(null, null, 'job-maintenance', args ->> 'request_id');
    delete from hub.jobs j using (
        select id from hub.jobs where state in ('done', 'dead', 'cancelled') and completed_at < too_old
        order by completed_at limit most for update skip locked) old where j.id = old.id;
    get diagnostics jobs = row_count;
    delete from hub.sync_logs s using (
        select id from hub.sync_logs where created_at < too_old order by created_at limit most for update skip locked) old
    where s.id = old.id;
    get diagnostics logs = row_count;
    delete from hub.idempotency_keys k using (
        select workspace_id, user_id, key from hub.idempotency_keys where created_at < now() - interval '24 hours'
        order by created_at limit most for update skip locked) old
    where (k.workspace_id, k.user_id, k.key) = (old.workspace_id, old.user_id, old.key);
    get diagnostics keys = row_count;
    delete from hub.worker_slots where slot in (
        select slot from hub.worker_slots where lease_until < now() for update skip locked);
    get diagnostics slots = row_count;
    return jsonb_build_object('reaped', reaped, 'lanes_repaired', repaired, 'jobs_removed', jobs, 'sync_logs_removed', logs,
        'keys_removed', keys, 'slots_freed', slots)::text;
end
$$;
create index sync_logs_created on hub.sync_logs (created_at);

create function hub.job_json(wanted uuid) returns jsonb
language sql stable as $$
    select to_jsonb(j) from api.jobs j where j.id = wanted
$$;
create function hub.job_conflict(j hub.jobs, message text) returns jsonb
language sql stable as $$
    select jsonb_build_object('outcome', 'conflict', 'message', message, 'row', hub.job_json(j.id))
$$;

-- A pending job is cancelled at once; a running one when its attempt is over and has not succeeded.
create function hub.cancel_job(j hub.jobs) returns jsonb
language plpgsql as $$
begin
    if j.state in ('done', 'dead', 'cancelled') then
        return hub.job_conflict(j, format('This job ended at %s; there is nothing left to cancel.', hub.moment(j.completed_at)));
    elsif j.state = 'running' then
        update hub.jobs set cancel_requested = true where id = j.id and not cancel_requested;
    else
        update hub.jobs set state = 'cancelled', completed_at = now() where id = j.id;
    end if;
    insert into hub.job_logs (job_id, workspace_id, attempt, event, message)
    values (j.id, j.workspace_id, j.attempts, case when j.state = 'running' then 'cancel_requested' else 'cancelled' end, null);
    return jsonb_build_object('outcome', case when j.state = 'running' then 'accepted' else 'ok' end);
end
$$;

-- Runs a waiting job now; an ended one begins again with all its attempts. Its lease_seq only ever rises.
create function hub.retry_job(j hub.jobs) returns jsonb
language plpgsql as $$
declare
    rival uuid;
begin
    if j.state = 'running' then
        return hub.job_conflict(j, 'This job is running. Wait for the end of the attempt.');
    elsif j.state = 'done' then
        return hub.job_conflict(j, 'This job is completed. Make a new one to do it again.');
    end if;
    select o.id into rival from hub.jobs o
    where o.unique_key = j.unique_key and o.id <> j.id and o.state in ('scheduled', 'ready', 'running');
    if rival is not null then
        return hub.job_conflict(j, format('Job %s is doing the same. Wait for its end.', rival));
    end if;
    update hub.jobs set state = 'ready', run_at = least(run_at, now()), rank = hub.rank_at(least(run_at, now()), priority),
        attempts = case when j.state in ('dead', 'cancelled') then 0 else attempts end, completed_at = null, cancel_requested = false
    where id = j.id;
    insert into hub.job_logs (job_id, workspace_id, attempt, event) values (j.id, j.workspace_id, j.attempts, 'requested');
    return '{"outcome": "ok"}';
end
$$;

create function hub.prioritise_job(j hub.jobs, wanted int) returns jsonb
language plpgsql as $$
begin
    if j.state not in ('scheduled', 'ready') then
        return hub.job_conflict(j, 'Only a job that is still waiting has a priority to change.');
    end if;
    update hub.jobs set priority = wanted, rank = hub.rank_at(run_at, wanted) where id = j.id;
    return '{"outcome": "ok"}';
end
$$;

-- PATCH /jobs/{id}, under hub.run. args: {id, action?: cancel|retry, priority?: -100 to 100}
create function hub.change_job(args jsonb) returns text
language plpgsql as $$
declare
    j hub.jobs;
    answer jsonb := '{"outcome": "ok"}';
begin
    select * into j from hub.jobs where id = (args ->> 'id')::uuid for no key update;
    if j.id is null then
        return '{"outcome": "not_found"}';
    end if;
    if args ->> 'action' = 'cancel' then
        answer := hub.cancel_job(j);
    elsif args ->> 'action' = 'retry' then
        answer := hub.retry_job(j);
    end if;
    if args ->> 'priority' is not null and answer ->> 'outcome' = 'ok' then
        select * into j from hub.jobs where id = j.id;
        answer := hub.prioritise_job(j, (args ->> 'priority')::int);
    end if;
    return (jsonb_build_object('row', hub.job_json(j.id)) || answer)::text;
end
$$;

-- Requests change the catalogue and ask; only the worker's role runs the queue.
revoke execute on function hub.promote(int), hub.take_slot(uuid, int, interval), hub.claimed_job(hub.jobs), hub.claim(jsonb),
    hub.apply_to_listing(hub.jobs, jsonb, jsonb), hub.apply_to_store(hub.jobs, text, jsonb),
    hub.apply_effect(hub.jobs, text, jsonb), hub.accept_results(jsonb), hub.discharge(jsonb), hub.record_results(jsonb),
    hub.settle(jsonb), hub.renew(jsonb), hub.release_worker(jsonb), hub.reap(int), hub.repair_lanes(), hub.maintain(jsonb),
    hub.expire_approvals(jsonb) from public;
revoke execute on function hub.request_approval(jsonb), hub.decide_approval(jsonb), hub.change_job(jsonb) from public;
grant execute on all functions in schema hub to hub_worker;
grant execute on function hub.request_approval(jsonb), hub.decide_approval(jsonb), hub.change_job(jsonb) to hub_app;
revoke execute on function hub.request_approval(jsonb), hub.decide_approval(jsonb), hub.change_job(jsonb) from hub_worker;
