-- What a job brought for its store, its listing, orders and notifications, applied with the job's end in one statement.
alter table hub.stores
    add column credentials_at timestamptz not null default now(), -- since when the credentials are these
    add column webhooks jsonb,               -- {checked_at, registered, present, manual?, error?}: the channel's subscriptions
    add column orders_read_until timestamptz, -- every change of an order before this is known
    add column orders_asked_at timestamptz;   -- when the watch last had orders read

create or replace view api.stores with (security_invoker = true) as
select id, workspace_id, user_id, platform, name, config, status, status_reason, last_synced_at, version, created_at, updated_at,
    last_webhook_at, webhooks, orders_read_until
from hub.stores;

-- That the channel was looked at is no change of the store: no new version.
drop trigger touch on hub.stores;
create trigger touch before update on hub.stores for each row
    when ((to_jsonb(old) - '{last_webhook_at,webhooks,orders_read_until,orders_asked_at}'::text[]) is distinct from
        (to_jsonb(new) - '{last_webhook_at,webhooks,orders_read_until,orders_asked_at}'::text[]))
    execute function hub.touch();

create function hub.date_credentials() returns trigger
language plpgsql as $$
begin
    new.credentials_at := clock_timestamp();
    return new;
end
$$;
create trigger date_credentials before update on hub.stores for each row
    when (old.credentials is distinct from new.credentials) execute function hub.date_credentials();

-- A store that does not let us in any more. Answers whether that is so: credentials that are newer than the news prove
-- the contrary.
create function hub.disconnect_store(wanted uuid, reason text, as_of timestamptz, remaining text) returns boolean
language plpgsql as $$
begin
    perform from hub.stores where id = wanted and credentials_at <= as_of for no key update;
    if not found then
        return false;
    end if;
    update hub.stores set status = 'disconnected', status_reason = left(reason, 2000), credentials = coalesce(remaining, credentials),
        previous_credentials = case when remaining is null then previous_credentials end,
        previous_until = case when remaining is null then previous_until end
    where id = wanted and (status <> 'disconnected' or remaining is not null);
    return true;
end
$$;

-- What a job brought for its store: renewed credentials, settings, a refusal, a successful look. Answers what that changes
-- for the job.
--   effect: {credentials?, token_lifetime_s?, config?, disconnected?: {reason, as_of?, remaining?: sealed}}
drop function hub.apply_to_store(hub.jobs, text, jsonb);
create function hub.apply_to_store(j hub.jobs, outcome text, effect jsonb) returns jsonb
language plpgsql as $$
declare
    news jsonb := effect -> 'disconnected';
    as_of timestamptz;
    answer jsonb := '{}';
begin
    if news is not null then
        as_of := coalesce((news ->> 'as_of')::timestamptz, j.started_at);
        if not hub.disconnect_store(j.store_id, news ->> 'reason', as_of, news ->> 'remaining') then
            answer := case outcome
                when 'completed' then '{"result": {"status": "ignored", "detail": "The store was connected again after this."}}'
                when 'snooze' then '{"outcome": "retry"}' -- with the newer credentials, but not for ever
                else '{}' end;
        end if;
    elsif outcome = 'completed' and j.type = 'authenticate' then
        update hub.stores set status = 'active', status_reason = null
        where id = j.store_id and status <> 'active' and status_reason is distinct from 'disconnected by a member';
    elsif outcome = 'completed' and j.type in ('sync_inventory', 'list_products', 'read_orders') then
        update hub.stores set last_synced_at = now() where id = j.store_id;
    end if;
    if effect ->> 'credentials' is not null then
        update hub.stores set credentials = effect ->> 'credentials' where id = j.store_id;
        if effect ->> 'token_lifetime_s' is not null then
            update hub.stores set token_lifetime_s = (effect ->> 'token_lifetime_s')::int,
                token_expires_at = now() + (effect ->> 'token_lifetime_s')::int * interval '1 second'
            where id = j.store_id;
        end if;
    end if;
    if jsonb_typeof(effect -> 'config') = 'object' then
        update hub.stores set config = config || (effect -> 'config') where id = j.store_id;
    end if;
    return answer;
end
$$;

-- What a notification's job found out. Answers the job's result: {status: processed|ignored|failed, detail?}.
--   effect: {seen?: as hub.apply_seen takes it}; an event of a product management system is applied here altogether
create function hub.apply_webhook(j hub.jobs, payload jsonb, effect jsonb) returns jsonb
language plpgsql as $$
begin
    if j.store_id is null then
        return jsonb_build_object('result', hub.apply_pms_event((payload ->> 'webhook_event_id')::uuid));
    elsif jsonb_typeof(effect -> 'seen') = 'object' and not hub.apply_seen(j.store_id, effect -> 'seen', j.started_at) then
        return jsonb_build_object('result', jsonb_build_object('status', 'ignored',
            'detail', format('No listing of this store is product %s.', effect -> 'seen' ->> 'external_id')));
    end if;
    return '{}';
end
$$;

-- Applies one result under the job's own context. Answers what that changes for the job: {outcome?, error?, wait_ms?, result?}.
drop function hub.apply_effect(hub.jobs, text, jsonb);
create function hub.apply_effect(j hub.jobs, outcome text, effect jsonb) returns jsonb
language plpgsql as $$
declare
    data hub.job_data;
    answer jsonb := '{}';
begin
    select * into data from hub.job_data d where d.job_id = j.id;
    perform hub.act_for(j.workspace_id, data.user_id, 'job-worker', j.id::text);
    if j.store_id is not null then
        answer := hub.apply_to_store(j, outcome, effect);
    end if;
    if outcome <> 'completed' then
        return answer;
    end if;
    if jsonb_typeof(effect -> 'orders') = 'array' then
        perform hub.keep_orders(j.store_id, effect -> 'orders');
    end if;
    if j.listing_id is not null then
        perform hub.apply_to_listing(j, data.payload, effect);
    end if;
    if j.type = 'process_webhook' then
        answer := answer || hub.apply_webhook(j, data.payload, effect);
    elsif j.type = 'check_listing' and effect ->> 'presence' = 'pending' then
        -- As long again as it has been waiting: a minute at first, an hour at most.
        answer := jsonb_build_object('outcome', 'snooze', 'error', 'The channel has not decided yet.',
            'wait_ms', (extract(epoch from least(greatest(now() - j.created_at, '1 minute'), '1 hour')) * 1000)::bigint);
    end if;
    return answer;
exception
    when unique_violation then
        return jsonb_build_object('outcome', 'failed', 'error', format('The channel answered with product %s, which another listing of this store shows. Delete one of the two.',
            effect ->> 'external_id'));
    when integrity_constraint_violation or data_exception then
        return jsonb_build_object('outcome', 'failed', 'error', format('The channel''s answer can''t be recorded: %s.', sqlerrm));
end
$$;

-- The results that are still the worker's to report, with their effects applied: {id: {outcome, error, wait_ms?, result?}}.
-- A row whose lease_seq moved on belongs to another attempt and is left alone.
create or replace function hub.accept_results(results jsonb) returns jsonb
language plpgsql as $$
declare
    accepted jsonb := '{}';
    item record;
    changed jsonb;
begin
    for item in
        select j, r.outcome, r.error, coalesce(nullif(r.effect, 'null'), '{}') as effect
        from jsonb_to_recordset(results) as r (id uuid, lease_seq int, outcome text, error text, effect jsonb)
        join hub.jobs j on j.id = r.id and j.lease_seq = r.lease_seq and j.state = 'running'
        order by j.id for no key update of j
    loop
        changed := '{}';
        if (item.j).listing_id is not null or (item.j).store_id is not null or (item.j).type = 'process_webhook' then
            changed := hub.apply_effect(item.j, item.outcome, item.effect);
        end if;
        accepted := accepted || jsonb_build_object((item.j).id,
            jsonb_build_object('outcome', item.outcome, 'error', item.error) || changed);
    end loop;
    return accepted;
end
$$;

-- What became of a worker's jobs.
--   args: {worker, results: [{id, lease_seq, outcome: completed|failed|retry|snooze, result?, error?, retry_after_ms?,
--          effect?: {external_id?, platform_data?, presence?, issues?, orders?, seen?, credentials?, token_lifetime_s?, config?,
--          disconnected?}}], chance?: 0 to 1, for tests}
--   → [{id, accepted, state?}]; accepted false: the job has been given to somebody else, nothing was changed
create or replace function hub.settle(args jsonb) returns text
language plpgsql as $$
declare
    results jsonb := coalesce(args -> 'results', '[]');
    accepted jsonb := hub.accept_results(results);
    moved jsonb;
begin
    perform hub.act_for(null, null, 'job-worker', args ->> 'worker');
    with judged as materialized (
        select j.id, a.outcome, a.error, coalesce(a.result, r.result) as result, j.attempts as attempt, j.priority,
            hub.next_state(a.outcome, j.attempts, j.max_attempts, j.cancel_requested,
                coalesce(r.retry_after_ms, a.wait_ms) is not null) as state,
            r.retry_after_ms * interval '1 millisecond' as asked_wait,
            coalesce(coalesce(r.retry_after_ms, a.wait_ms) * interval '1 millisecond',
                hub.backoff(j.attempts, coalesce((args ->> 'chance')::float8, random()))) as wait
        from jsonb_to_recordset(results) as r (id uuid, lease_seq int, result jsonb, retry_after_ms bigint)
        join hub.jobs j on j.id = r.id and j.lease_seq = r.lease_seq and j.state = 'running'
        cross join lateral jsonb_to_record(accepted -> (r.id::text)) as a (outcome text, error text, wait_ms bigint, result jsonb)
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
        update hub.job_data d set result = coalesce(nullif(v.result, 'null'), d.result), error = v.error,
            payload = case when v.state = 'done' then d.payload - 'recipient' else d.payload end -- not needed, not kept
        from judged v where d.job_id = v.id and v.outcome <> 'snooze'
          and (v.result is not null or d.error is distinct from v.error or d.payload ? 'recipient'))
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
