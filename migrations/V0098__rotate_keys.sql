-- Replacing a key-encryption key while the app runs: what is not under the ring's first key is found, wrapped anew by
-- the component `key-rotation`, and stored where nobody changed it meanwhile. What is left is what is still to be done:
-- nothing is remembered between ticks.

-- Every column that holds something sealed; `sealed_for` is the column it was sealed for. A migration that adds one adds it here.
create function hub.sealed_columns() returns table (n int, of_table text, of_column text, sealed_for text)
language sql immutable parallel safe as $$
    values (1, 'stores', 'credentials', 'credentials'), (2, 'stores', 'previous_credentials', 'credentials'),
        (3, 'webhook_keys', 'secret', 'secret'), (4, 'webhook_keys', 'previous_secret', 'secret'),
        (5, 'connections', 'verifier', 'verifier')
$$;

-- The worker's role sees the keys of all workspaces where it says so, as it does the stores.
create policy worker_surveys on hub.webhook_keys for select to hub_worker using ((select hub.setting('hub.survey')) = 'webhook_keys');
grant update (secret) on hub.webhook_keys to hub_worker;
grant update (verifier) on hub.connections to hub_worker;

-- How many values are sealed in which form under which key: {"v2.<key id>": n, …}; "" are values that are not sealed at all.
--   args: {except?: a seal that need not be counted}
create function hub.count_sealed(args jsonb) returns text
language plpgsql as $$
declare
    c record;
    of_column jsonb;
    counted jsonb := '{}';
begin
    perform hub.act_for(null, null, 'key-rotation', args ->> 'request_id');
    for c in select * from hub.sealed_columns() loop
        perform set_config('hub.survey', c.of_table, true);
        execute format('select jsonb_object_agg(seal, n) from (
            select case when seal ~ ''^v[12][.][A-Za-z0-9-]{1,64}$'' then seal else '''' end as seal, sum(n) as n
            from (select hub.seal_of(%1$I) as seal, count(*) as n from hub.%2$I
                where %1$I is not null and starts_with(%1$I, $1) is not true group by 1) found
            group by 1) counted',
            c.of_column, c.of_table) into of_column using (args ->> 'except') || '.';
        counted := counted || coalesce((select jsonb_object_agg(f.key, f.value::bigint + coalesce((counted ->> f.key)::bigint, 0))
            from jsonb_each_text(of_column) f), '{}');
    end loop;
    perform set_config('hub.survey', '', true);
    return counted::text;
end
$$;

-- The next values under some seals, in a fixed order.
--   args: {seals: [text], most, after?: {n, row}} → [{n, workspace, table, column, sealed_for, row, sealed}]
create function hub.values_sealed(args jsonb) returns text
language plpgsql as $$
declare
    seals text[] := array(select jsonb_array_elements_text(args -> 'seals'));
    after_n int := coalesce((args #>> '{after,n}')::int, 0);
    after_row uuid := coalesce((args #>> '{after,row}')::uuid, '00000000-0000-0000-0000-000000000000');
    c record;
    of_column jsonb;
    listed jsonb := '[]';
begin
    perform hub.act_for(null, null, 'key-rotation', args ->> 'request_id');
    for c in select * from hub.sealed_columns() s where s.n >= after_n order by s.n loop
        exit when jsonb_array_length(listed) >= (args ->> 'most')::int;
        perform set_config('hub.survey', c.of_table, true);
        execute format('select jsonb_agg(v) from (
            select $4 as n, workspace_id as workspace, %3$L as "table", %1$L as "column", %4$L as sealed_for, id as "row", %1$I as sealed
            from hub.%2$I where %1$I is not null and hub.seal_of(%1$I) = any ($1) and id > $2 order by id limit $3) v',
            c.of_column, c.of_table, c.of_table, c.sealed_for) into of_column
            using seals, case when c.n = after_n then after_row else '00000000-0000-0000-0000-000000000000' end,
                (args ->> 'most')::int - jsonb_array_length(listed), c.n;
        listed := listed || coalesce(of_column, '[]');
    end loop;
    perform set_config('hub.survey', '', true);
    return listed::text;
end
$$;

-- A renewal of the store's token that is under way goes on with the credentials' new seal. Answers whether the store is
-- free: whoever is just beginning or ending a renewal is not waited for.
create function hub.carry_renewal(wanted uuid, before text, after text) returns boolean
language plpgsql as $$
begin
    insert into hub.store_renewals (store_id, workspace_id) values (wanted, hub.workspace()) on conflict do nothing;
    perform from hub.store_renewals where store_id = wanted for no key update skip locked;
    if not found then
        return false;
    end if;
    update hub.store_renewals set fingerprint = hub.fingerprint(after)
    where store_id = wanted and fingerprint = hub.fingerprint(before);
    return true;
end
$$;

-- One value under its new seal, if it is still the one that was read and nobody is at its row. Waits for nobody, so that it
-- can't be part of a deadlock.
create function hub.store_one_rewrapped(c record, wanted uuid, before text, after text) returns boolean
language plpgsql as $$
declare
    is_free boolean;
    is_resealed boolean := before like 'v1.%';
begin
    if is_resealed and c.of_table = 'stores' and c.of_column = 'credentials'
        and not hub.carry_renewal(wanted, before, after) then
        return false;
    end if;
    execute format('select true from hub.%I where id = $1 and %I = $2 for no key update skip locked', c.of_table, c.of_column)
        into is_free using wanted, before;
    if is_free is null then
        return false;
    end if;
    perform set_config('hub.resealing', case when is_resealed then 'on' else '' end, true);
    execute format('update hub.%I set %I = $1 where id = $2', c.of_table, c.of_column) using after, wanted;
    perform set_config('hub.resealing', '', true);
    return true;
end
$$;

-- Stores what was wrapped anew. Only the seal may be another: the record stays, but for that of the first form, which is
-- sealed anew. May be repeated.
--   args: {values: [{workspace, table, column, row, sealed, rewrapped}]} → {rewrapped: n, left_alone: n}
create function hub.store_rewrapped(args jsonb) returns text
language plpgsql as $$
declare
    v record;
    stored int := 0;
    total int := 0;
begin
    for v in
        select c as of_column, w.workspace, w.row_id, w.sealed, w.rewrapped
        from jsonb_array_elements(args -> 'values') item
        cross join lateral (select (item ->> 'workspace')::uuid as workspace, (item ->> 'row')::uuid as row_id,
            item ->> 'sealed' as sealed, item ->> 'rewrapped' as rewrapped) w
        join hub.sealed_columns() c on c.of_table = item ->> 'table' and c.of_column = item ->> 'column'
        where hub.seal_of(w.rewrapped) like 'v2.%'
          and (w.sealed like 'v1.%' or hub.sealed_record(w.sealed) = hub.sealed_record(w.rewrapped))
        order by c.n, w.row_id
    loop
        perform hub.act_for(v.workspace, null, 'key-rotation', args ->> 'request_id');
        stored := stored + hub.store_one_rewrapped(v.of_column, v.row_id, v.sealed, v.rewrapped)::int;
    end loop;
    total := jsonb_array_length(args -> 'values');
    return jsonb_build_object('rewrapped', stored, 'left_alone', total - stored)::text;
end
$$;

revoke execute on function hub.count_sealed(jsonb), hub.values_sealed(jsonb), hub.carry_renewal(uuid, text, text),
    hub.store_one_rewrapped(record, uuid, text, text), hub.store_rewrapped(jsonb) from public;
grant execute on function hub.count_sealed(jsonb), hub.values_sealed(jsonb), hub.carry_renewal(uuid, text, text),
    hub.store_one_rewrapped(record, uuid, text, text), hub.store_rewrapped(jsonb) to hub_worker;
