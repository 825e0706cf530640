-- What becomes of stored notifications: shown to the worker, settled, replayed.

-- Text where the bytes are text, else null.
create function hub.readable(bytes bytea) returns text
language plpgsql immutable parallel safe as $$
begin
    return convert_from(bytes, 'UTF8');
exception when character_not_in_repertoire or untranslatable_character then
    return null;
end
$$;

-- An event as the worker gets it: {id, source, platform, store_id, event_id, topic, headers, body | body_base64, received_at}.
-- platform is null, and source "api", where a product management system sent it.
create function hub.webhook_card(event uuid) returns jsonb
language plpgsql stable as $$
declare
    e hub.webhook_events;
    body_text text;
begin
    select * into e from hub.webhook_events w where w.id = event;
    if e.id is null then
        return null;
    end if;
    body_text := hub.readable(e.body);
    return jsonb_build_object('id', e.id, 'source', coalesce(e.platform, 'api'), 'platform', e.platform, 'store_id', e.store_id,
        'event_id', e.event_id, 'topic', e.topic, 'headers', e.headers, 'received_at', e.received_at)
        || case when body_text is not null then jsonb_build_object('body', body_text)
            else jsonb_build_object('body_base64', translate(encode(e.body, 'base64'), E'\n', '')) end;
end
$$;

-- How the processing of an event ended: processed, ignored (detail says why) or failed (detail becomes its error).
create function hub.settle_webhook(event uuid, status text, detail text) returns void
language plpgsql as $$
#variable_conflict use_variable
begin
    if status not in ('processed', 'ignored', 'failed') then
        raise exception 'an event ends as processed, ignored or failed, not as %', status using errcode = '22023';
    end if;
    update hub.webhook_events e set status = status, processed_at = now(),
        error = case when status = 'failed' then left(coalesce(detail, 'it failed'), 2000) end,
        detail = case when status <> 'failed' then left(detail, 2000) end
    where e.id = event;
end
$$;

create function hub.webhook_event_json(wanted uuid) returns jsonb
language plpgsql stable as $$
begin
    return (select to_jsonb(e) from api.webhook_events e where e.id = wanted);
end
$$;

-- POST /webhook-events/{id}/replay, under hub.run. args: {id}
create function hub.replay_webhook(args jsonb) returns text
language plpgsql as $$
declare
    e hub.webhook_events;
    living record;
begin
    select * into e from hub.webhook_events w where w.id = (args ->> 'id')::uuid for no key update;
    if e.id is null then
        return '{"outcome": "not_found"}';
    end if;
    select j.id, j.state into living from hub.jobs j
    where j.workspace_id = e.workspace_id and j.unique_key = 'webhook:' || e.id and j.state in ('scheduled', 'ready', 'running');
    if living.id is not null then
        return jsonb_build_object('outcome', 'conflict', 'row', hub.webhook_event_json(e.id), 'message', format(
            case when living.state = 'running' then 'The event is being processed by job %s. Replay it when that has ended.'
                else 'The event waits to be processed by job %s already. Run that now with PATCH /jobs/%1$s {"status": "pending"}.' end,
            living.id))::text;
    end if;
    perform hub.requeue_webhooks(array[e.id]);
    return jsonb_build_object('outcome', 'accepted', 'row', hub.webhook_event_json(e.id))::text;
end
$$;

-- POST /webhook-events/replay, under hub.run: events received from (included) to (not included), oldest first. Those that
-- wait or are being processed are passed over.
--   args: {from, to, store_id?, status?, topic?, most?} → {replayed, more, next_from}: more are left from next_from on
create function hub.replay_webhooks(args jsonb) returns text
language plpgsql as $$
declare
    most int := least(coalesce((args ->> 'most')::int, 10000), 10000);
    starts_at timestamptz := (args ->> 'from')::timestamptz;
    ends_at timestamptz := (args ->> 'to')::timestamptz;
    picked uuid[];
    next_from timestamptz;
begin
    if ends_at <= starts_at then
        return '{"outcome": "invalid", "field": "to", "issue": "must lie after from", "message": "to: must lie after from"}';
    end if;
    select coalesce(array_agg(p.id order by p.received_at, p.id), '{}') into picked from (
        select w.id, w.received_at from hub.webhook_events w
        where w.workspace_id = hub.workspace() and w.received_at >= starts_at and w.received_at < ends_at
          and w.processed_at is not null
          and (args ->> 'store_id' is null or w.store_id = (args ->> 'store_id')::uuid)
          and (args ->> 'status' is null or w.status = args ->> 'status')
          and (args ->> 'topic' is null or w.topic = args ->> 'topic')
        order by w.received_at, w.id limit most + 1 for no key update) p;
    if cardinality(picked) > most then
        select w.received_at into next_from from hub.webhook_events w where w.id = picked[most + 1];
        picked := picked[1:most];
    end if;
    perform hub.requeue_webhooks(picked);
    return jsonb_build_object('outcome', 'accepted', 'row', jsonb_build_object('replayed', cardinality(picked),
        'more', next_from is not null, 'next_from', hub.moment_exactly(next_from)))::text;
end
$$;

-- Has ended events processed again, in the order given. One statement for all: as many calls of hub.queue_webhook take
-- four times as long.
create function hub.requeue_webhooks(picked uuid[]) returns void
language plpgsql as $$
begin
    perform hub.webhook_lane(o.workspace_id, o.store_id)
    from (select distinct w.workspace_id, w.store_id from hub.webhook_events w where w.id = any (picked)) o;
    with numbered as materialized (
        select w.id, w.workspace_id, w.store_id, p.nth, hub.uuid7() as job
        from unnest(picked) with ordinality p (id, nth) join hub.webhook_events w on w.id = p.id),
    marked as (
        update hub.webhook_events w set status = 'received', processed_at = null, error = null, detail = null, job_id = n.job,
            replays = w.replays + 1
        from numbered n where w.id = n.id),
    made as (
        insert into hub.jobs (id, workspace_id, lane_id, store_id, type, run_at, rank, unique_key)
        select n.job, n.workspace_id, l.id, n.store_id, 'process_webhook', now(), now() + n.nth * interval '1 microsecond',
            'webhook:' || n.id
        from numbered n join hub.lanes l on l.workspace_id = n.workspace_id and l.queue = 'webhooks'
            and l.store_id is not distinct from n.store_id)
    insert into hub.job_data (job_id, workspace_id, user_id, payload)
    select n.job, n.workspace_id, hub.user_id(), jsonb_build_object('webhook_event_id', n.id) from numbered n;
end
$$;

-- A moment to the microsecond, as the query language takes it.
create function hub.moment_exactly(at timestamptz) returns text
language sql stable parallel safe as $$
    select to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
