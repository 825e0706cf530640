-- Retention: events go when they are older than 30 days (or than finished jobs are kept, if that is longer) and have ended.

-- The smallest id of version 7 that could be made at that moment.
create function hub.uuid7_floor(at timestamptz) returns uuid
language sql immutable parallel safe as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- Previous secrets whose time is over. Works in the context of each workspace that has any.
create function hub.forget_secrets() returns int
language plpgsql as $$
declare
    workspace uuid;
    forgotten int := 0;
    n int;
begin
    for workspace in
        select s.workspace_id from hub.stores s where s.previous_until < now()
        union select k.workspace_id from hub.webhook_keys k where k.previous_until < now()
    loop
        perform hub.act_for(workspace, null, 'job-maintenance', null);
        update hub.stores set previous_credentials = null, previous_until = null where previous_until < now();
        get diagnostics n = row_count;
        forgotten := forgotten + n;
        update hub.webhook_keys set previous_secret = null, previous_until = null where previous_until < now();
        get diagnostics n = row_count;
        forgotten := forgotten + n;
    end loop;
    return forgotten;
end
$$;

-- Removes what intake need not know any more; at most `most` of each.
create function hub.forget_webhooks(retention_days int, most int) returns jsonb
language plpgsql as $$
declare
    oldest uuid := hub.uuid7_floor(now() - greatest(retention_days, 30) * interval '1 day');
    events int;
    nonces int;
begin
    delete from hub.webhook_events e using (
        select id from hub.webhook_events where id < oldest and processed_at is not null
        order by id limit most for update skip locked) old where e.id = old.id;
    get diagnostics events = row_count;
    delete from hub.webhook_nonces n using (
        select key_id, nonce from hub.webhook_nonces where created_at < now() - interval '15 minutes'
        order by created_at limit most) old
    where (n.key_id, n.nonce) = (old.key_id, old.nonce);
    get diagnostics nonces = row_count;
    return jsonb_build_object('webhook_events_removed', events, 'nonces_removed', nonces, 'secrets_forgotten', hub.forget_secrets());
end
$$;

-- As before, with what intake and the outgoing pipeline leave behind.
create or replace function hub.maintain(args jsonb) returns text
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
    requests int := 0;
    webhooks jsonb;
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
    webhooks := hub.forget_webhooks((args ->> 'retention_days')::int, most);
    perform hub.act_for(null, null, 'job-maintenance', args ->> 'request_id');
    if to_regprocedure('hub.trim_channel_requests(integer)') is not null then -- a later migration brings it
        requests := hub.trim_channel_requests(most);
    end if;
    return (jsonb_build_object('reaped', reaped, 'lanes_repaired', repaired, 'jobs_removed', jobs, 'sync_logs_removed', logs,
        'keys_removed', keys, 'slots_freed', slots, 'requests_removed', requests) || webhooks)::text;
end
$$;

-- Taking in, settling and applying is for the worker's role; replaying is a member's wish.
revoke execute on function hub.webhook_target(jsonb), hub.receive_webhook(jsonb, text), hub.known_webhook(uuid, text, bytea),
    hub.note_contact(uuid), hub.webhook_card(uuid), hub.settle_webhook(uuid, text, text), hub.webhook_key(jsonb),
    hub.receive_pms_event(jsonb, text), hub.apply_pms_event(uuid), hub.is_news(text, timestamptz),
    hub.pms_save_product(jsonb), hub.pms_delete_product(jsonb), hub.pms_set_inventory(jsonb), hub.forget_webhooks(int, int), hub.forget_secrets(),
    hub.replay_webhook(jsonb), hub.replay_webhooks(jsonb) from public;
grant execute on function hub.webhook_target(jsonb), hub.receive_webhook(jsonb, text), hub.known_webhook(uuid, text, bytea),
    hub.note_contact(uuid), hub.webhook_card(uuid), hub.settle_webhook(uuid, text, text), hub.webhook_key(jsonb),
    hub.receive_pms_event(jsonb, text), hub.apply_pms_event(uuid), hub.is_news(text, timestamptz),
    hub.pms_save_product(jsonb), hub.pms_delete_product(jsonb), hub.pms_set_inventory(jsonb), hub.forget_webhooks(int, int), hub.forget_secrets()
    to hub_worker;
grant execute on function hub.replay_webhook(jsonb), hub.replay_webhooks(jsonb) to hub_app;
