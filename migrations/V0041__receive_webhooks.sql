-- Taking in a notification: one call is one statement is one transaction. What it answers with is durably stored.

-- The job that processes an event. Direct inserts instead of hub.enqueue: the event's id is new, so its key can't be taken.
create function hub.queue_webhook(event uuid, workspace uuid, store uuid, job uuid) returns void
language plpgsql as $$
declare
    job_lane int;
begin
    select l.id into job_lane from hub.lanes l where l.workspace_id = workspace and l.queue = 'webhooks'
        and (l.store_id = store or (l.store_id is null and store is null));
    if job_lane is null then
        job_lane := hub.webhook_lane(workspace, store);
    end if;
    insert into hub.jobs (id, workspace_id, lane_id, store_id, type, run_at, rank, unique_key)
    values (job, workspace, job_lane, store, 'process_webhook', now(), now(), 'webhook:' || event);
    insert into hub.job_data (job_id, workspace_id, user_id, payload)
    values (job, workspace, hub.user_id(), jsonb_build_object('webhook_event_id', event));
end
$$;

-- A lane of their own, wider than that of a store's other work: a burst neither waits for slow writes nor holds them up.
create function hub.webhook_lane(workspace uuid, store uuid) returns int
language plpgsql as $$
begin
    insert into hub.lanes (workspace_id, store_id, queue, max_running) values (workspace, store, 'webhooks', 20)
    on conflict on constraint lanes_key do nothing;
    return hub.lane(workspace, store, 'webhooks');
end
$$;

-- The event stands in the list itself: its job is in the audit only when a member asks for it again.
create or replace function hub.record_jobs_inserted() returns trigger
language plpgsql as $$
begin
    insert into hub.job_logs (job_id, workspace_id, event, message)
    select n.id, n.workspace_id, 'created', case when n.state = 'scheduled' then 'waits until ' || n.run_at end from new_rows n;
    insert into hub.audit_logs (workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id, ip_address, user_agent)
    select n.workspace_id, hub.user_id(), coalesce(hub.setting('hub.actor'), session_user), 'create', 'job', n.id,
           jsonb_strip_nulls(jsonb_build_object('type', jsonb_build_object('to', n.type), 'state', jsonb_build_object('to', n.state),
               'listing_id', case when n.listing_id is not null then jsonb_build_object('to', n.listing_id) end,
               'approval_id', case when n.approval_id is not null then jsonb_build_object('to', n.approval_id) end)),
           hub.setting('hub.request'), hub.setting('hub.ip')::inet, hub.setting('hub.user_agent')
    from new_rows n
    where n.type <> 'process_webhook' or hub.setting('hub.actor') = 'user';
    return null;
end
$$;
create or replace function hub.record_jobs_updated() returns trigger
language plpgsql as $$
begin
    insert into hub.audit_logs (workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id, ip_address, user_agent)
    select n.workspace_id, hub.user_id(), coalesce(hub.setting('hub.actor'), session_user), 'update', 'job', n.id,
           jsonb_strip_nulls(jsonb_build_object(
               'state', case when n.state <> o.state then jsonb_build_object('from', o.state, 'to', n.state) end,
               'priority', case when n.priority <> o.priority then jsonb_build_object('from', o.priority, 'to', n.priority) end,
               'cancel_requested', case when n.cancel_requested <> o.cancel_requested
                   then jsonb_build_object('from', o.cancel_requested, 'to', n.cancel_requested) end)),
           hub.setting('hub.request'), hub.setting('hub.ip')::inet, hub.setting('hub.user_agent')
    from new_rows n join old_rows o using (id)
    where (n.priority <> o.priority or n.cancel_requested <> o.cancel_requested
       or (n.state <> o.state and (n.state in ('done', 'dead', 'cancelled') or hub.setting('hub.actor') = 'user')))
      and (n.type <> 'process_webhook' or n.state = 'dead' or hub.setting('hub.actor') = 'user');
    return null;
end
$$;

-- An event goes where its job goes. An end that was recorded with its reason (hub.settle_webhook) stands.
create function hub.follow_webhook() returns trigger
language plpgsql as $$
declare
    ended boolean := new.state in ('done', 'dead', 'cancelled');
begin
    update hub.webhook_events e set
        status = case new.state when 'running' then 'processing' when 'done' then 'processed' when 'dead' then 'failed'
            when 'cancelled' then 'failed' else 'received' end,
        processed_at = case when ended then now() end,
        error = case new.state when 'dead' then coalesce((select left(d.error, 2000) from hub.job_data d where d.job_id = new.id), 'its job failed')
            when 'cancelled' then 'its job was cancelled' end
    where e.id = substr(new.unique_key, 9)::uuid and e.job_id = new.id and (not ended or e.processed_at is null);
    return null;
end
$$;
create trigger follow_webhook after update of state on hub.jobs for each row
    when (new.type = 'process_webhook' and old.state <> new.state
        and new.unique_key ~ '^webhook:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$')
    execute function hub.follow_webhook();

-- What intake needs to know of the store in the address; null for none.
--   args: {store_id} → {workspace_id, platform, status, credentials, previous_credentials?}, both sealed
create function hub.webhook_target(args jsonb) returns text
language plpgsql as $$
declare
    wanted uuid := (args ->> 'store_id')::uuid;
begin
    perform set_config('hub.store', wanted::text, true);
    return (select jsonb_strip_nulls(jsonb_build_object('workspace_id', s.workspace_id, 'platform', s.platform, 'status', s.status,
            'credentials', s.credentials, 'previous_credentials', case when s.previous_until > now() then s.previous_credentials end))
        from hub.stores s where s.id = wanted)::text;
end
$$;

-- A delivery whose id is known: the same again, or another body under the same id, which is refused and counted.
create function hub.known_webhook(source uuid, known_id text, digest bytea) returns text
language plpgsql as $$
declare
    known record;
begin
    update hub.webhook_events e set
        duplicates = e.duplicates + (e.body_sha256 = digest)::int,
        conflicts = e.conflicts + (e.body_sha256 <> digest)::int,
        conflicted_at = case when e.body_sha256 <> digest then now() else e.conflicted_at end
    where coalesce(e.store_id, e.key_id) = source and e.event_id = known_id
    returning e.id, e.body_sha256 = digest as same, e.conflicts into known;
    if known.id is null then -- it was removed a moment ago
        raise exception 'try again' using errcode = '40001';
    end if;
    return jsonb_build_object('outcome', case when known.same then 'duplicate' else 'conflict' end, 'id', known.id,
        'conflicts', known.conflicts)::text;
end
$$;

create function hub.raw_body(encoding text, body text) returns bytea
language sql immutable parallel safe as $$
    select case when encoding = 'base64' then decode(body, 'base64') else convert_to(body, 'UTF8') end
$$;

-- Stores a verified notification and queues its processing. The same id within the retention (30 days at least) is not stored again.
--   args: {store_id, event_id, topic, headers, encoding: text|base64, request_id?}; body: as received, in that encoding
--   → {outcome: stored|duplicate|conflict|unknown, id?, conflicts?}
create function hub.receive_webhook(args jsonb, body text) returns text
language plpgsql as $$
declare
    source uuid := (args ->> 'store_id')::uuid;
    raw bytea := hub.raw_body(args ->> 'encoding', body);
    digest bytea := sha256(raw);
    event uuid := hub.uuid7();
    job uuid := hub.uuid7();
    s record;
begin
    perform set_config('hub.store', source::text, true);
    select t.workspace_id, t.platform, t.last_webhook_at into s from hub.stores t where t.id = source;
    if s.workspace_id is null then
        return '{"outcome": "unknown"}';
    end if;
    perform hub.act_for(s.workspace_id, null, 'webhooks', args ->> 'request_id');
    insert into hub.webhook_events (id, workspace_id, store_id, platform, event_id, topic, headers, body, body_sha256, job_id)
    values (event, s.workspace_id, source, s.platform, args ->> 'event_id', args ->> 'topic', args -> 'headers', raw, digest, job)
    on conflict (coalesce(store_id, key_id), event_id) do nothing;
    if not found then
        return hub.known_webhook(source, args ->> 'event_id', digest);
    end if;
    perform hub.queue_webhook(event, s.workspace_id, source, job);
    if s.last_webhook_at is null or s.last_webhook_at < now() - interval '1 minute' then
        perform hub.note_contact(source);
    end if;
    return '{"outcome": "stored", "id": "' || event || '"}';
end
$$;

-- That the store is not silent. Whoever finds the row taken leaves it to the other.
create function hub.note_contact(store uuid) returns void
language plpgsql as $$
begin
    update hub.stores s set last_webhook_at = now()
    where s.id = (select t.id from hub.stores t where t.id = store
        and (t.last_webhook_at is null or t.last_webhook_at < now() - interval '1 minute') for no key update skip locked);
end
$$;
