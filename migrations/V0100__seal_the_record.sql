-- The record is sealed behind the writers, who never wait for it: each workspace's entries form a chain of hashes in which none can
-- be altered, removed or slipped in without breaking it from there on.
--
--   hash = SHA-256(hash of the entry before, 32 zero bytes for the first ‖ UTF-8 text of the entry)
-- The text is hub.audit_text, which the export shows as it is: whoever has the export can compute the chain.
create table hub.audit_seals (
    workspace_id uuid not null,
    seq bigint not null check (seq > 0), -- 1, 2, 3, … without gaps
    audit_id uuid not null,
    txid xid8 not null,                  -- of the entry: with it the head is found again should the entry be gone
    hash bytea not null check (length(hash) = 32),
    sealed_at timestamptz not null default clock_timestamp(),
    primary key (workspace_id, seq)
);
alter table hub.audit_seals enable row level security;
alter table hub.audit_seals force row level security;
create policy tenant on hub.audit_seals using (workspace_id = (select hub.workspace()));
grant select on hub.audit_seals to hub_app;
grant select, insert on hub.audit_seals to hub_worker;
grant select on hub.audit_logs to hub_worker;

-- The order of the chain. Transactions below the oldest one still running are complete, so that nothing can come before what is sealed.
create index audit_logs_chain on hub.audit_logs (workspace_id, txid, id);

-- The sealer looks for work in all workspaces and does it in the context of each.
create policy sealer_surveys on hub.audit_logs for select to hub_worker using ((select hub.setting('hub.survey')) = 'audit');
create policy sealer_surveys on hub.audit_seals for select to hub_worker using ((select hub.setting('hub.survey')) = 'audit');

create or replace function hub.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception '% can be added to and read, never changed', tg_table_name using errcode = '42501';
end
$$;
create trigger audit_seals_are_final before update or delete or truncate on hub.audit_seals
    for each statement execute function hub.refuse_change();

-- An entry as it is hashed and exported: every column, in the form that jsonb gives it (keys by length, then alphabet; one
-- space after each colon and comma), times in UTC to the microsecond. What was once sealed must never get another text:
-- a column that comes later is left out where it is null.
create function hub.audit_text(a hub.audit_logs) returns text
language sql stable parallel safe as $$
    select jsonb_build_object('id', a.id, 'workspace_id', a.workspace_id, 'user_id', a.user_id, 'actor', a.actor, 'action', a.action,
        'resource_type', a.resource_type, 'resource_id', a.resource_id, 'resource_key', a.resource_key, 'changes', a.changes,
        'request_id', a.request_id, 'ip_address', a.ip_address, 'user_agent', a.user_agent, 'via', a.via,
        'api_key_id', a.api_key_id, 'session_id', a.session_id, 'txid', a.txid,
        'created_at', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text
$$;

create function hub.next_hash(before bytea, entry text) returns bytea
language sql immutable parallel safe as $$
    select sha256(before || convert_to(entry, 'UTF8'))
$$;
create function hub.chain_on(state bytea, head bytea, entry text) returns bytea
language plpgsql immutable parallel safe as $$ -- called for each entry, where SQL is slower
begin
    return sha256(coalesce(state, head) || convert_to(entry, 'UTF8'));
end
$$;
-- The hash after each entry of a window, which goes on from `head`.
create aggregate hub.chain(head bytea, entry text) (sfunc = hub.chain_on, stype = bytea);

-- The seal of the context's workspace at `place`; at 0 what the first one goes on from. In plpgsql, which keeps their plans.
create function hub.audit_seal(place bigint) returns hub.audit_seals
language plpgsql stable as $$
declare
    found_seal hub.audit_seals;
begin
    if place = 0 then
        return row(hub.workspace(), 0, '00000000-0000-0000-0000-000000000000', '0', decode(repeat('00', 32), 'hex'), '-infinity')::hub.audit_seals;
    end if;
    select * into found_seal from hub.audit_seals s where s.workspace_id = hub.workspace() and s.seq = place;
    return found_seal;
end
$$;
-- The last seal of the context's workspace.
create function hub.audit_head() returns hub.audit_seals
language plpgsql stable as $$
declare
    head hub.audit_seals;
begin
    select * into head from hub.audit_seals s where s.workspace_id = hub.workspace() order by s.seq desc limit 1;
    return case when found then head else hub.audit_seal(0) end;
end
$$;

-- Seals up to `most` entries of the context's workspace from transactions before `horizon`; how many.
create function hub.seal_entries(horizon xid8, most int) returns int
language plpgsql volatile set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$ -- the index has the order, whatever the planner takes a backlog for
declare
    tenant uuid := hub.workspace();
    head hub.audit_seals := hub.audit_head();
    n int;
begin
    insert into hub.audit_seals (workspace_id, seq, audit_id, txid, hash)
    select tenant, head.seq + row_number() over in_order, due.id, due.txid, hub.chain(head.hash, hub.audit_text(due)) over in_order
    from (select * from hub.audit_logs a
          where a.workspace_id = tenant and (a.txid, a.id) > (head.txid, head.audit_id) and a.txid < horizon
          order by a.workspace_id, a.txid, a.id limit most) due
    window in_order as (order by due.txid, due.id);
    get diagnostics n = row_count;
    return n;
end
$$;

-- Seals what is due, `most` entries at once and of each workspace in turn. One sealer works at a time; another one goes home.
--   args: {most} → {sealed, more, heads: [{workspace_id, seq, hash}]}
create function hub.seal_audit(args jsonb) returns text
language plpgsql volatile set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$
declare
    left_over int := (args ->> 'most')::int;
    horizon xid8;
    tenant uuid;
    n int;
    head hub.audit_seals;
    heads jsonb := '[]';
begin
    if not pg_try_advisory_xact_lock(hashtextextended('hub.audit_seals', 0)) then
        return '{"sealed": 0, "more": false, "heads": []}';
    end if;
    -- Taken before anything is read: what later statements see of transactions before it is all there will ever be.
    horizon := pg_snapshot_xmin(pg_current_snapshot());
    perform hub.act_for(null, null, 'audit-seal', args ->> 'request_id'), set_config('hub.survey', 'audit', true);
    for tenant in
        with recursive tenants (id) as ( -- one look into the index for each
            (select a.workspace_id from hub.audit_logs a order by a.workspace_id limit 1)
            union all
            select (select a.workspace_id from hub.audit_logs a where a.workspace_id > t.id order by a.workspace_id limit 1)
            from tenants t where t.id is not null
        )
        select t.id from tenants t
        left join lateral (select s.txid, s.audit_id, s.sealed_at from hub.audit_seals s
                           where s.workspace_id = t.id order by s.seq desc limit 1) last on true
        where t.id is not null and (
            select a.id from hub.audit_logs a where a.workspace_id = t.id and a.txid < horizon
              and (a.txid, a.id) > (coalesce(last.txid, '0'), coalesce(last.audit_id, '00000000-0000-0000-0000-000000000000'))
            order by a.workspace_id, a.txid, a.id limit 1) is not null
        order by last.sealed_at nulls first
    loop
        exit when left_over <= 0;
        perform set_config('hub.workspace', tenant::text, true);
        n := hub.seal_entries(horizon, left_over);
        left_over := left_over - n;
        head := hub.audit_head();
        heads := heads || jsonb_build_object('workspace_id', tenant, 'seq', head.seq, 'hash', encode(head.hash, 'hex'));
    end loop;
    return jsonb_build_object('sealed', (args ->> 'most')::int - left_over, 'more', left_over <= 0, 'heads', heads)::text;
end
$$;
revoke execute on function hub.seal_audit(jsonb), hub.seal_entries(xid8, int) from public;
grant execute on function hub.seal_audit(jsonb), hub.seal_entries(xid8, int) to hub_worker;
