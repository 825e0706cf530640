-- The queue, out: what became of a job, and what that means for listings, products and stores. Functions that are called
-- often are plpgsql even where sql would do: their plans are kept, those of sql functions are made again with each call.

-- Exponential with jitter: half of it is certain, the other half is chance (0 to 1).
create function hub.backoff(attempts int, chance float8, base interval default '2 seconds', most interval default '15 minutes')
returns interval
language sql immutable parallel safe as $$
    select least(most, base * (2 ^ least(attempts - 1, 30))) * (0.5 + chance / 2)
$$;

-- Where a running job goes. A request to cancel is honoured as soon as the job is not complete.
create function hub.next_state(outcome text, attempts int, max_attempts int, cancel_requested boolean, waits boolean) returns text
language sql immutable parallel safe as $$
    select case
        when outcome = 'completed' then 'done'
        when outcome = 'failed' then 'dead'
        when cancel_requested then 'cancelled'
        when outcome = 'retry' and attempts >= max_attempts then 'dead'
        when outcome = 'snooze' and not waits then 'ready'
        else 'scheduled'
    end
$$;

-- A publication that does not come about gives the listing back its earlier status; one that is tried again takes it away.
create function hub.follow_publication() returns trigger
language plpgsql as $$
begin
    if hub.workspace() is distinct from new.workspace_id then
        perform hub.act_for(new.workspace_id, null, coalesce(hub.setting('hub.actor'), 'job-worker'), new.id::text);
    end if;
    if new.state in ('dead', 'cancelled') then
        update hub.listings l set status = coalesce((select d.listing_status from hub.job_data d where d.job_id = new.id), 'draft')
        where l.id = new.listing_id and l.status = 'submitted';
    else
        update hub.listings l set status = 'submitted'
        where l.id = new.listing_id and l.external_id is null and l.status <> 'submitted';
    end if;
    return null;
end
$$;
create trigger follow_publication after update of state on hub.jobs for each row
    when (new.type = 'publish_listing'
        and (old.state in ('dead', 'cancelled')) is distinct from (new.state in ('dead', 'cancelled')))
    execute function hub.follow_publication();

-- What a channel now shows, onto the listing and its product; the product is locked first, as everybody does.
create function hub.apply_to_listing(j hub.jobs, asked jsonb, effect jsonb) returns void
language plpgsql as $$
declare
    subject uuid;
    remembered jsonb := coalesce(nullif(effect -> 'platform_data', 'null'), '{}');
begin
    perform set_config('hub.reason', j.type, true);
    select product_id into subject from hub.listings where id = j.listing_id;
    perform from hub.products where id = subject for no key update;
    if j.type = 'publish_listing' then
        update hub.listings set external_id = effect ->> 'external_id', platform_data = platform_data || remembered,
            status = case when inventory > 0 then 'active' else 'out_of_stock' end, synced_at = now()
        where id = j.listing_id;
        update hub.products set status = 'published' where id = subject and status <> 'published';
    elsif j.type = 'delete_listing' then
        update hub.listings set external_id = null, status = 'inactive', platform_data = remembered, synced_at = now()
        where id = j.listing_id;
        update hub.products set status = 'staged'
        where id = subject and status = 'published'
          and not exists (select from hub.listings l where l.product_id = subject and l.external_id is not null);
    else
        update hub.listings set platform_data = platform_data || remembered, synced_at = now(),
            price_minor = case when j.type = 'update_listing'
                then coalesce(hub.money_minor(asked ->> 'price', currency), price_minor) else price_minor end,
            inventory = coalesce((asked ->> 'inventory')::int, inventory),
            status = case when status not in ('active', 'out_of_stock') then status
                when coalesce((asked ->> 'inventory')::int, inventory) > 0 then 'active' else 'out_of_stock' end
        where id = j.listing_id;
    end if;
end
$$;

-- What a job brought for its store: renewed credentials, a refusal of them, a successful look at it.
create function hub.apply_to_store(j hub.jobs, outcome text, effect jsonb) returns void
language plpgsql as $$
begin
    if effect ->> 'credentials' is not null then
        update hub.stores set credentials = effect ->> 'credentials' where id = j.store_id;
    end if;
    if effect ->> 'store_error' is not null then
        update hub.stores set status = 'error', status_reason = effect ->> 'store_error' where id = j.store_id;
    elsif outcome = 'completed' and j.type = 'authenticate' then
        update hub.stores set status = 'active', status_reason = null where id = j.store_id and status <> 'disconnected';
    elsif outcome = 'completed' and j.type in ('sync_inventory', 'list_products') then
        update hub.stores set last_synced_at = now() where id = j.store_id;
    end if;
end
$$;

-- Applies one result to the catalogue under the job's own context; answers why it could not, or null.
create function hub.apply_effect(j hub.jobs, outcome text, effect jsonb) returns text
language plpgsql as $$
declare
    data hub.job_data;
begin
    select * into data from hub.job_data d where d.job_id = j.id;
    perform hub.act_for(j.workspace_id, data.user_id, 'job-worker', j.id::text);
    if j.store_id is not null then
        perform hub.apply_to_store(j, outcome, effect);
    end if;
    if outcome = 'completed' and j.listing_id is not null then
        perform hub.apply_to_listing(j, data.payload, effect);
    end if;
    return null;
exception
    when unique_violation then
        return format('The channel answered with product %s, which another listing of this store shows. Delete one of the two.',
            effect ->> 'external_id');
    when check_violation or numeric_value_out_of_range or invalid_text_representation then
        return format('The channel''s answer can''t be recorded: %s.', sqlerrm);
end
$$;

-- The results that are still the worker's to report, with their effects applied: {id: {outcome, error}}.
-- A row whose lease_seq moved on belongs to another attempt and is left alone.
create function hub.accept_results(results jsonb) returns jsonb
language plpgsql as $$
declare
    accepted jsonb := '{}';
    item record;
    problem text;
begin
    for item in
        select j, r.outcome, r.error, coalesce(nullif(r.effect, 'null'), '{}') as effect
        from jsonb_to_recordset(results) as r (id uuid, lease_seq int, outcome text, error text, effect jsonb)
        join hub.jobs j on j.id = r.id and j.lease_seq = r.lease_seq and j.state = 'running'
        order by j.id for no key update of j
    loop
        problem := null;
        if (item.j).listing_id is not null or (item.j).store_id is not null then
            problem := hub.apply_effect(item.j, item.outcome, item.effect);
        end if;
        accepted := accepted || jsonb_build_object((item.j).id, jsonb_build_object(
            'outcome', case when problem is null then item.outcome else 'failed' end, 'error', coalesce(problem, item.error)));
    end loop;
    return accepted;
end
$$;

-- Frees the places of the jobs that moved and holds back lanes whose channel asked for it. Absolute values from the locked
-- rows, in the order of their ids.
create function hub.discharge(moved jsonb) returns void
language plpgsql as $$
begin
    with freed as materialized (
        select m.lane_id, count(*)::int as n, max(m.blocked_until) as blocked_until
        from jsonb_to_recordset(moved) as m (lane_id int, blocked_until timestamptz) group by m.lane_id),
    held as materialized (
        select l.id, l.running, l.blocked_until from hub.lanes l
        where l.id in (select lane_id from freed) order by l.id for no key update)
    update hub.lanes l set running = greatest(held.running - freed.n, 0),
        blocked_until = greatest(held.blocked_until, freed.blocked_until)
    from held join freed on freed.lane_id = held.id
    where l.id = held.id;
end
$$;

-- The story of the jobs that moved: their logs, and for a channel's jobs what was exchanged with it.
create function hub.record_results(moved jsonb) returns void
language plpgsql as $$
begin
    insert into hub.job_logs (job_id, workspace_id, attempt, event, message, data)
    select m.id, m.workspace_id, m.attempt, case when m.outcome = 'snooze' and m.state <> 'cancelled' then 'snoozed'
            when m.state = 'done' then 'completed' when m.state = 'dead' then 'failed' when m.state = 'cancelled' then 'cancelled'
            else 'retried' end,
        m.error, case when m.state = 'scheduled' then jsonb_build_object('next_attempt_at', m.run_at) end
    from jsonb_to_recordset(moved) as m (id uuid, workspace_id uuid, attempt int, outcome text, state text, error text, run_at timestamptz);
    insert into hub.sync_logs (workspace_id, store_id, job_id, operation, status, detail)
    select m.workspace_id, m.store_id, m.id, m.type,
        case m.state when 'done' then 'completed' when 'scheduled' then 'retrying' else 'failed' end,
        jsonb_strip_nulls(jsonb_build_object('attempt', m.attempt, 'listing_id', m.listing_id, 'error', m.error))
    from jsonb_to_recordset(moved) as m (id uuid, workspace_id uuid, store_id uuid, listing_id uuid, type text, attempt int,
        outcome text, state text, error text)
    where m.store_id is not null and m.outcome <> 'snooze';
end
$$;

-- What became of a worker's jobs.
--   args: {worker, results: [{id, lease_seq, outcome: completed|failed|retry|snooze, result?, error?, retry_after_ms?,
--          effect?: {external_id?, platform_data?, credentials?, store_error?}}], chance?: 0 to 1, for tests}
--   → [{id, accepted, state?}]; accepted false: the job has been given to somebody else, nothing was changed
create function hub.settle(args jsonb) returns text
language plpgsql as $$
declare
    results jsonb := coalesce(args -> 'results', '[]');
    accepted jsonb := hub.accept_results(results);
    moved jsonb;
begin
    perform hub.act_for(null, null, 'job-worker', args ->> 'worker');
    with judged as materialized (
        select j.id, a.outcome, a.error, r.result, j.attempts as attempt, j.priority,
            hub.next_state(a.outcome, j.attempts, j.max_attempts, j.cancel_requested, r.retry_after_ms is not null) as state,
            r.retry_after_ms * interval '1 millisecond' as asked_wait,
            coalesce(r.retry_after_ms * interval '1 millisecond',
                hub.backoff(j.attempts, coalesce((args ->> 'chance')::float8, random()))) as wait
        from jsonb_to_recordset(results) as r (id uuid, lease_seq int, result jsonb, retry_after_ms bigint)
        join hub.jobs j on j.id = r.id and j.lease_seq = r.lease_seq and j.state = 'running'
        cross join lateral jsonb_to_record(accepted -> (r.id::text)) as a (outcome text, error text)
        where accepted ? (r.id::text)),
    gone as (
        update hub.jobs t set state = v.state, lease_until = null,
            attempts = case when v.outcome = 'snooze' then t.attempts - 1 else t.attempts end,
            run_at = case when v.state = 'scheduled' then now() + v.wait else t.run_at end,
            rank = case when v.state = 'scheduled' then hub.rank_at(now() + v.wait, v.priority) else t.rank end,
            completed_at = case when v.state in ('done', 'dead', 'cancelled') then now() end
        from judged v where t.id = v.id
        returning t.id, t.workspace_id, t.lane_id, t.store_id, t.listing_id, t.type, t.state, t.run_at, v.attempt, v.outcome, v.error,
            case when v.outcome = 'retry' then now() + v.asked_wait end as blocked_until),
    written as (
        update hub.job_data d set result = coalesce(nullif(v.result, 'null'), d.result), error = v.error
        from judged v where d.job_id = v.id and v.outcome <> 'snooze'
          and (v.result is not null or d.error is distinct from v.error))
    select jsonb_agg(gone) into moved from gone;
    if moved is not null then
        perform hub.record_results(moved);
        perform hub.discharge(moved);
    end if;
    return coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'accepted', m.id is not null, 'state', m.state))
        from jsonb_to_recordset(results) as r (id uuid, lease_seq int)
        left join jsonb_to_recordset(coalesce(moved, '[]')) as m (id uuid, state text) on m.id = r.id), '[]')::text;
end
$$;
