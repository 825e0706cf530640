-- Before a request: the cache, the breaker, the limits; in this order and in one call.

-- Milliseconds until a moment, never less than one.
create function hub.millis_until(moment timestamptz) returns bigint
language sql volatile as $$
    select greatest(1, ceil(extract(epoch from moment - clock_timestamp()) * 1000))::bigint
$$;

-- The time in which a limit restores units. No more than two days: an absurd figure of a channel is no end of the calendar.
create function hub.restored_in(units float8, per_second float8) returns interval
language sql immutable parallel safe as $$
    select make_interval(secs => least(172800, units / per_second))
$$;

-- The log row of a request. Addresses are told without their query.
create function hub.log_channel_request(args jsonb, is_cached boolean) returns void
language plpgsql as $$
begin
    insert into hub.channel_requests (workspace_id, store_id, job_id, operation, method, host, path, status, error, attempt,
        wait_ms, duration_ms, request_bytes, response_bytes, cached)
    values (hub.workspace(), (args ->> 'store')::uuid, (args ->> 'job')::uuid, args ->> 'operation', args ->> 'method',
        left(args ->> 'host', 255), left(split_part(args ->> 'path', '?', 1), 2000), (args ->> 'status')::smallint,
        args ->> 'error', coalesce((args ->> 'attempt')::smallint, 1), coalesce((args ->> 'wait_ms')::int, 0),
        coalesce((args ->> 'duration_ms')::int, 0), coalesce((args ->> 'request_bytes')::int, 0),
        (args ->> 'response_bytes')::int, is_cached);
end
$$;

-- Why the store's channel must not be asked now: {shut_ms, reason}; null when it may. A half-open breaker lets one
-- request through; who gets null there has taken that place.
create function hub.traffic_obstacle(wanted_store uuid) returns jsonb
language plpgsql as $$
declare
    t hub.store_traffic;
begin
    select * into t from hub.store_traffic where store_id = wanted_store;
    if t.blocked_until > clock_timestamp() then
        return jsonb_build_object('shut_ms', hub.millis_until(t.blocked_until), 'reason', 'it asked to be left alone');
    elsif t.open_until > clock_timestamp() then
        return jsonb_build_object('shut_ms', hub.millis_until(t.open_until),
            'reason', format('%s requests in a row had no proper answer; it is given time to recover', t.failures));
    elsif t.open_until is null then
        return null;
    end if;
    update hub.store_traffic set probe_until = clock_timestamp() + interval '30 seconds'
    where store_id = wanted_store and open_until is not null
      and (probe_until is null or probe_until <= clock_timestamp());
    if found then
        return null;
    end if;
    return jsonb_build_object('shut_ms', 2000, 'reason', 'one request is trying whether it has recovered');
end
$$;

-- Draws units from limits: {wait_ms, charge: {name: units given out}}, or {wait_ms, refused: true} where the wait would be
-- longer than most_wait_ms; then nothing is drawn. Each limit has its own queue: a request is charged where its turn in it
-- is, and may be sent when the last of them lets it through.
--   limits: [{name, per_second, burst, units}]
create function hub.draw(wanted_store uuid, limits jsonb, most_wait_ms bigint) returns jsonb
language plpgsql as $$
declare
    answer jsonb;
    known int;
begin
    select count(*) into known from hub.store_limits l
    where l.store_id = wanted_store and l.name in (select w.name from jsonb_to_recordset(limits) as w (name text));
    if known < jsonb_array_length(limits) then
        insert into hub.store_limits (store_id, workspace_id, name)
        select wanted_store, hub.workspace(), w.name from jsonb_to_recordset(limits) as w (name text)
        order by w.name on conflict do nothing;
    end if;
    with drawn as materialized (
        select l.name, l.full_at, l.issued, w.units as counted,
            coalesce(l.per_second, w.per_second) as per_second, coalesce(l.burst, w.burst) as burst
        from hub.store_limits l
        join jsonb_to_recordset(limits) as w (name text, per_second float8, burst float8, units float8) on w.name = l.name
        where l.store_id = wanted_store
        order by l.name for no key update of l),
    -- The clock is read here, behind the lock. What costs more than the bucket holds waits for a full one.
    turns as materialized (
        select d.*, least(d.counted, d.burst) as units, clock_timestamp() as at from drawn d),
    waits as materialized (
        select t.*, greatest(t.full_at, t.at) + hub.restored_in(t.units, t.per_second) as next_full_at,
            ceil(extract(epoch from t.full_at - hub.restored_in(t.burst - t.units, t.per_second) - t.at) * 1000) as wait_ms
        from turns t),
    longest as materialized (select greatest(0, max(wait_ms))::bigint as wait_ms from waits),
    charged as (
        update hub.store_limits l set full_at = w.next_full_at, issued = w.issued + w.counted::bigint
        from waits w cross join longest g
        where l.store_id = wanted_store and l.name = w.name and g.wait_ms <= most_wait_ms
        returning l.name, l.issued)
    select jsonb_build_object('wait_ms', g.wait_ms)
        || case when g.wait_ms <= most_wait_ms
            then jsonb_build_object('charge', coalesce((select jsonb_object_agg(c.name, c.issued) from charged c), '{}'))
            else jsonb_build_object('refused', true,
                'limit', (select w.name from waits w order by w.wait_ms desc limit 1)) end
    into answer from longest g;
    return answer;
end
$$;

-- Whether and when a request to a store's channel may be sent.
--   args: {workspace, store, job?, operation, method, host, path, limits: [{name, per_second, burst, units}], most_wait_ms,
--          cache_key?}
--   → {cached: {status, content_type?, body}}: a kept answer that is still good, told to the log;
--     {shut_ms, reason}: not now, for everybody; {wait_ms, refused: true, limit}: not within most_wait_ms;
--     {wait_ms, charge, etag?}: after that wait; etag is of a kept answer that has become old
create function hub.admit(args jsonb) returns text
language plpgsql as $$
declare
    wanted_store uuid := (args ->> 'store')::uuid;
    kept hub.channel_cache;
    answer jsonb;
begin
    perform hub.act_for((args ->> 'workspace')::uuid, null, 'job-worker', args ->> 'job');
    if args ->> 'cache_key' is not null then
        select * into kept from hub.channel_cache c where c.store_id = wanted_store and c.key = args ->> 'cache_key';
        if kept.fresh_until > clock_timestamp() then
            perform hub.log_channel_request(args || jsonb_build_object('status', kept.status,
                'response_bytes', octet_length(kept.body)), true);
            return jsonb_build_object('cached', hub.kept_answer(kept))::text;
        end if;
    end if;
    answer := hub.traffic_obstacle(wanted_store);
    if answer is not null then
        return answer::text;
    elsif jsonb_array_length(args -> 'limits') = 0 then
        answer := '{"wait_ms": 0, "charge": {}}';
    else
        answer := hub.draw(wanted_store, args -> 'limits', (args ->> 'most_wait_ms')::bigint);
    end if;
    return (answer || jsonb_strip_nulls(jsonb_build_object('etag', kept.etag)))::text;
end
$$;

-- A kept answer as functions get it.
create function hub.kept_answer(kept hub.channel_cache) returns jsonb
language sql immutable as $$
    select jsonb_build_object('status', kept.status, 'content_type', kept.content_type, 'body', kept.body)
$$;

revoke execute on function hub.millis_until(timestamptz), hub.restored_in(float8, float8), hub.log_channel_request(jsonb, boolean), hub.traffic_obstacle(uuid),
    hub.draw(uuid, jsonb, bigint), hub.admit(jsonb), hub.kept_answer(hub.channel_cache) from public;
grant execute on function hub.millis_until(timestamptz), hub.restored_in(float8, float8), hub.log_channel_request(jsonb, boolean), hub.traffic_obstacle(uuid),
    hub.draw(uuid, jsonb, bigint), hub.admit(jsonb), hub.kept_answer(hub.channel_cache) to hub_worker;
