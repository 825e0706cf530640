-- The clock's look at the channels: subscriptions that were dropped, stores that have been silent too long, listings whose
-- fate is open.

-- What one workspace's channels need, under its context. Answers how many jobs of each kind were made.
--   channels: {slug: {poll_after_s, webhooks, orders, checks}}: what each platform can do
create function hub.watch_workspace(channels jsonb, most int) returns jsonb
language plpgsql as $$
declare
    s record;
    l hub.listings;
    subscriptions int := 0;
    readings int := 0;
    checks int := 0;
begin
    for s in
        select t.id, t.workspace_id from hub.stores t
        where t.status = 'active' and (channels -> t.platform ->> 'webhooks')::boolean
          and coalesce((t.webhooks ->> 'checked_at')::timestamptz, '-infinity') < now() - interval '1 hour'
          and not exists (select from hub.jobs j where j.workspace_id = t.workspace_id and j.unique_key = 'subscribe:' || t.id
            and j.state in ('scheduled', 'ready', 'running'))
        order by t.id limit most
    loop
        perform hub.enqueue(jsonb_build_object('type', 'subscribe_webhooks', 'workspace_id', s.workspace_id, 'store_id', s.id,
            'unique_key', 'subscribe:' || s.id));
        subscriptions := subscriptions + 1;
    end loop;
    for s in -- at most once in each interval, however the reading ends
        update hub.stores u set orders_asked_at = now()
        from (select t.id from hub.stores t
            where t.status = 'active' and (channels -> t.platform ->> 'orders')::boolean
              and greatest(t.last_webhook_at, t.orders_asked_at, '-infinity')
                < now() - (channels -> t.platform ->> 'poll_after_s')::int * interval '1 second'
            order by t.id limit most for no key update skip locked) silent
        where u.id = silent.id
        -- five minutes of overlap for clocks that differ; the first reading takes in what was open before we came
        returning u.id, u.workspace_id, coalesce(u.orders_read_until - interval '5 minutes', u.created_at - interval '30 days') as since
    loop
        perform hub.enqueue(jsonb_build_object('type', 'read_orders', 'workspace_id', s.workspace_id, 'store_id', s.id,
            'unique_key', 'orders:' || s.id, 'payload', jsonb_build_object('since', hub.moment(s.since), 'watch', true)));
        readings := readings + 1;
    end loop;
    for l in
        select t.* from hub.listings t join hub.stores o on o.id = t.store_id
        where t.status = 'submitted' and t.external_id is not null and o.status = 'active'
          and (channels -> o.platform ->> 'checks')::boolean
          and not exists (select from hub.jobs j where j.listing_id = t.id and j.state in ('scheduled', 'ready', 'running'))
          and not exists (select from hub.jobs j where j.workspace_id = t.workspace_id and j.type = 'check_listing'
            and j.listing_id = t.id and j.created_at > now() - interval '1 hour') -- one that came to nothing is not repeated at once
        order by t.id limit most
    loop
        perform hub.check_soon(l);
        checks := checks + 1;
    end loop;
    return jsonb_build_object('subscriptions', subscriptions, 'readings', readings, 'checks', checks);
end
$$;

-- args: {channels: as hub.watch_workspace takes it, batch?: the most of each kind in a workspace}
--   → {subscriptions, readings, checks}: how many jobs were made
create function hub.watch_channels(args jsonb) returns text
language plpgsql as $$
declare
    workspace uuid;
    workspaces uuid[];
    made jsonb;
    total jsonb := '{"subscriptions": 0, "readings": 0, "checks": 0}';
begin
    perform set_config('hub.survey', 'stores', true); -- all of them are seen, until it is taken back
    select array_agg(distinct s.workspace_id) into workspaces from hub.stores s where s.status = 'active';
    perform set_config('hub.survey', '', true);
    foreach workspace in array coalesce(workspaces, '{}') loop
        perform hub.act_for(workspace, null, 'channel-watch', args ->> 'request_id');
        made := hub.watch_workspace(args -> 'channels', coalesce((args ->> 'batch')::int, 100));
        select jsonb_object_agg(key, value::int + (made ->> key)::int) into total from jsonb_each_text(total);
    end loop;
    return total::text;
end
$$;
create index jobs_listing_waiting on hub.jobs (listing_id) where listing_id is not null and state = 'scheduled';

-- Requests change the catalogue and ask; only the worker's role runs the queue.
revoke execute on function hub.keep_listing(hub.listings), hub.apply_to_store(hub.jobs, text, jsonb),
    hub.apply_webhook(hub.jobs, jsonb, jsonb), hub.apply_effect(hub.jobs, text, jsonb), hub.apply_seen(uuid, jsonb, timestamptz),
    hub.disconnect_store(uuid, text, timestamptz, text), hub.check_soon(hub.listings),
    hub.continue_orders(hub.jobs, hub.job_data), hub.find_listing(jsonb), hub.watch_workspace(jsonb, int), hub.watch_channels(jsonb) from public;
grant execute on function hub.keep_listing(hub.listings), hub.apply_to_store(hub.jobs, text, jsonb),
    hub.apply_webhook(hub.jobs, jsonb, jsonb), hub.apply_effect(hub.jobs, text, jsonb), hub.apply_seen(uuid, jsonb, timestamptz),
    hub.disconnect_store(uuid, text, timestamptz, text), hub.check_soon(hub.listings),
    hub.continue_orders(hub.jobs, hub.job_data), hub.find_listing(jsonb), hub.watch_workspace(jsonb, int), hub.watch_channels(jsonb) to hub_worker;
