-- After a request: the log, the limits corrected by the channel's own figures, the breaker, the cache; in one call.

-- Sets limits right by what the channel said of them. Units that were given out after this request's own are not in its
-- figures yet and are added; of a limit that the request did not draw from it is not known how many those are, so it is
-- only made stricter.
--   told: [{name, remaining, capacity?, per_second?, published_per_second, published_burst, mark?}]; mark is the limit's
--   entry in the admission's charge
create function hub.correct_limits(wanted_store uuid, told jsonb) returns void
language plpgsql as $$
begin
    insert into hub.store_limits (store_id, workspace_id, name)
    select wanted_store, hub.workspace(), t.name from jsonb_to_recordset(told) as t (name text)
    where not exists (select from hub.store_limits l where l.store_id = wanted_store and l.name = t.name)
    order by t.name on conflict do nothing;
    with drawn as materialized (
        select l.name, l.full_at, l.issued, t.mark, t.remaining, t.capacity, t.per_second,
            coalesce(t.capacity, l.burst, t.published_burst) as burst,
            coalesce(t.per_second, l.per_second, t.published_per_second) as rate
        from hub.store_limits l
        join jsonb_to_recordset(told) as t (name text, remaining float8, capacity float8, per_second float8,
            published_per_second float8, published_burst float8, mark bigint) on t.name = l.name
        where l.store_id = wanted_store
        order by l.name for no key update of l),
    corrected as materialized (
        select d.*, clock_timestamp() + hub.restored_in(greatest(0, d.burst - d.remaining)
            + greatest(0, d.issued - coalesce(d.mark, d.issued)), d.rate) as told_full_at
        from drawn d)
    update hub.store_limits l set
        full_at = case when c.mark is null then greatest(c.full_at, c.told_full_at) else c.told_full_at end,
        per_second = coalesce(c.per_second, l.per_second), burst = coalesce(c.capacity, l.burst)
    from corrected c where l.store_id = wanted_store and l.name = c.name;
end
$$;

-- Empties buckets of which the channel says that they are empty, so that the next unit is there after wait_ms or, where
-- that is not known, after the time that one unit takes.
--   spent: {limits: [{name, per_second, burst}], wait_ms?}
create function hub.empty_limits(wanted_store uuid, spent jsonb) returns void
language plpgsql as $$
begin
    with drawn as materialized (
        select l.name, coalesce(l.per_second, s.per_second) as rate, coalesce(l.burst, s.burst) as burst
        from hub.store_limits l
        join jsonb_to_recordset(spent -> 'limits') as s (name text, per_second float8, burst float8) on s.name = l.name
        where l.store_id = wanted_store
        order by l.name for no key update of l)
    update hub.store_limits l set full_at = greatest(l.full_at, clock_timestamp() + hub.restored_in(d.burst - 1, d.rate)
        + coalesce((spent ->> 'wait_ms')::float8 * interval '1 millisecond', hub.restored_in(1, d.rate)))
    from drawn d where l.store_id = wanted_store and l.name = d.name;
end
$$;

-- Claims of a store's jobs wait as well: a job that is given out only to be refused costs for nothing. A lane that is
-- just being worked on is left: its jobs are refused one by one.
create function hub.hold_lanes(wanted_store uuid, until timestamptz) returns void
language plpgsql as $$
begin
    with held as materialized (
        select id from hub.lanes l
        where l.workspace_id = hub.workspace() and l.store_id = wanted_store and l.blocked_until < until
        for no key update skip locked)
    update hub.lanes l set blocked_until = greatest(l.blocked_until, until) from held where l.id = held.id;
end
$$;

-- Counts requests without a proper answer. Five in a row open the breaker for 30 seconds; each time that the one request
-- of the half-open breaker fails doubles that, up to ten minutes.
create function hub.note_failure(wanted_store uuid) returns void
language plpgsql as $$
declare
    opened_until timestamptz;
begin
    insert into hub.store_traffic (store_id, workspace_id) values (wanted_store, hub.workspace()) on conflict do nothing;
    update hub.store_traffic t set failures = t.failures + 1, probe_until = null where t.store_id = wanted_store;
    update hub.store_traffic t set trips = t.trips + 1,
        open_until = clock_timestamp() + least(interval '10 minutes', interval '30 seconds' * 2 ^ least(t.trips, 10))
    where t.store_id = wanted_store
      and case when t.open_until is null then t.failures >= 5 else t.open_until <= clock_timestamp() end
    returning t.open_until into opened_until;
    if opened_until is not null then
        perform hub.hold_lanes(wanted_store, opened_until);
    end if;
end
$$;

-- Any answer that is not a failure of the channel closes the breaker.
create function hub.note_answer(wanted_store uuid) returns void
language plpgsql as $$
begin
    update hub.store_traffic t set failures = 0, trips = 0, open_until = null, probe_until = null
    where t.store_id = wanted_store and (t.failures > 0 or t.open_until is not null);
end
$$;

-- The channel asked to be left alone.
create function hub.block_store(wanted_store uuid, until timestamptz) returns void
language plpgsql as $$
begin
    insert into hub.store_traffic as t (store_id, workspace_id, blocked_until) values (wanted_store, hub.workspace(), until)
    on conflict (store_id) do update set blocked_until = greatest(t.blocked_until, excluded.blocked_until);
    perform hub.hold_lanes(wanted_store, until);
end
$$;

-- Keeps an answer, or prolongs the kept one that the channel says is still right.
--   kept: {key, for_ms, status, content_type?, etag?, body}; renewed: {key, for_ms} → the kept answer, null if it is gone
create function hub.keep_answer(wanted_store uuid, kept jsonb, renewed jsonb) returns jsonb
language plpgsql as $$
declare
    still hub.channel_cache;
begin
    if kept is not null then
        insert into hub.channel_cache as c (store_id, workspace_id, key, status, content_type, etag, body, fresh_until)
        values (wanted_store, hub.workspace(), kept ->> 'key', (kept ->> 'status')::smallint, kept ->> 'content_type',
            kept ->> 'etag', kept ->> 'body', clock_timestamp() + (kept ->> 'for_ms')::float8 * interval '1 millisecond')
        on conflict (store_id, key) do update set status = excluded.status, content_type = excluded.content_type,
            etag = excluded.etag, body = excluded.body, fresh_until = excluded.fresh_until;
    end if;
    if renewed is not null then
        update hub.channel_cache c
        set fresh_until = clock_timestamp() + (renewed ->> 'for_ms')::float8 * interval '1 millisecond'
        where c.store_id = wanted_store and c.key = renewed ->> 'key' returning * into still;
        if found then
            return hub.kept_answer(still);
        end if;
    end if;
    return null;
end
$$;

-- What became of a request that was sent.
--   args: {workspace, store, job?, operation, method, host, path, status?, error?, attempt, wait_ms, duration_ms, request_bytes,
--          response_bytes?, is_failure: whether the channel failed; told?, spent?, block_ms?, keep?, renewed?} → {cached?}
create function hub.observe(args jsonb) returns text
language plpgsql as $$
declare
    wanted_store uuid := (args ->> 'store')::uuid;
    renewed jsonb := nullif(args -> 'renewed', 'null');
    answer jsonb;
begin
    perform hub.act_for((args ->> 'workspace')::uuid, null, 'job-worker', args ->> 'job');
    perform hub.log_channel_request(args, renewed is not null);
    if jsonb_array_length(coalesce(nullif(args -> 'told', 'null'), '[]')) > 0 then
        perform hub.correct_limits(wanted_store, args -> 'told');
    end if;
    if nullif(args -> 'spent', 'null') is not null then
        perform hub.empty_limits(wanted_store, args -> 'spent');
    end if;
    if (args ->> 'is_failure')::boolean then
        perform hub.note_failure(wanted_store);
    elsif args ->> 'status' is not null then
        perform hub.note_answer(wanted_store);
    end if;
    if args ->> 'block_ms' is not null then
        perform hub.block_store(wanted_store, clock_timestamp() + (args ->> 'block_ms')::float8 * interval '1 millisecond');
    end if;
    answer := hub.keep_answer(wanted_store, nullif(args -> 'keep', 'null'), renewed);
    return jsonb_strip_nulls(jsonb_build_object('cached', answer))::text;
end
$$;

-- Removes requests that are older than seven days, and kept answers that nobody renewed for as long; at most `most` of each.
-- Answers how many requests.
create function hub.trim_channel_requests(most int) returns int
language plpgsql as $$
declare
    removed int;
begin
    delete from hub.channel_cache c using (
        select store_id, key from hub.channel_cache where fresh_until < now() - interval '7 days'
        order by fresh_until limit most) old
    where c.store_id = old.store_id and c.key = old.key;
    delete from hub.channel_requests r using (
        select id from hub.channel_requests where created_at < now() - interval '7 days'
        order by created_at limit most) old
    where r.id = old.id;
    get diagnostics removed = row_count;
    return removed;
end
$$;

revoke execute on function hub.correct_limits(uuid, jsonb), hub.empty_limits(uuid, jsonb), hub.hold_lanes(uuid, timestamptz),
    hub.note_failure(uuid), hub.note_answer(uuid), hub.block_store(uuid, timestamptz), hub.keep_answer(uuid, jsonb, jsonb),
    hub.observe(jsonb), hub.trim_channel_requests(int) from public;
grant execute on function hub.correct_limits(uuid, jsonb), hub.empty_limits(uuid, jsonb), hub.hold_lanes(uuid, timestamptz),
    hub.note_failure(uuid), hub.note_answer(uuid), hub.block_store(uuid, timestamptz), hub.keep_answer(uuid, jsonb, jsonb),
    hub.observe(jsonb), hub.trim_channel_requests(int) to hub_worker;
