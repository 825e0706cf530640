-- Row level security, forced, on every tenant table, and the one door for requests: hub.run.
do $$
declare
    tenant text;
begin
    foreach tenant in array array['stores', 'products', 'product_variants', 'listings', 'inventory_logs', 'sync_logs',
        'approvals', 'approval_history', 'lanes', 'jobs', 'job_data', 'job_logs', 'idempotency_keys', 'audit_logs']
    loop
        execute format('alter table hub.%I enable row level security', tenant);
        execute format('alter table hub.%I force row level security', tenant);
        -- (select …): computed once per statement, not once per row
        execute format('create policy tenant on hub.%I using (workspace_id = (select hub.workspace()))', tenant);
    end loop;
end
$$;

alter table hub.members enable row level security;
alter table hub.members force row level security;
create policy own_membership on hub.members
    using (user_id = (select hub.user_id()) or workspace_id = (select hub.workspace()));

alter table hub.workspaces enable row level security;
alter table hub.workspaces force row level security;
create policy member_of on hub.workspaces
    using (id in (select workspace_id from hub.members where user_id = (select hub.user_id())));
create policy worker_reads on hub.workspaces for select to hub_worker using (id = (select hub.workspace()));

-- The queue, expiry and retention work across workspaces; what a job then touches is under its workspace's context.
create policy worker_all on hub.lanes to hub_worker using (true);
create policy worker_all on hub.jobs to hub_worker using (true);
create policy worker_all on hub.job_data to hub_worker using (true);
create policy worker_all on hub.job_logs to hub_worker using (true);
create policy worker_all on hub.approvals to hub_worker using (true);
create policy worker_all on hub.idempotency_keys to hub_worker using (true);
create policy worker_all on hub.sync_logs to hub_worker using (true);
create policy worker_writes on hub.approval_history for insert to hub_worker with check (true);
create policy worker_writes on hub.audit_logs for insert to hub_worker with check (true);

grant select on hub.members, hub.workspaces to hub_app, hub_worker;
grant select, insert, update, delete on hub.stores, hub.products, hub.product_variants, hub.listings to hub_app;
grant select, insert, update on hub.approvals, hub.lanes, hub.jobs, hub.job_data, hub.idempotency_keys to hub_app;
grant select, insert on hub.approval_history, hub.job_logs, hub.inventory_logs, hub.audit_logs to hub_app;
grant select on hub.sync_logs to hub_app;

grant select, update on hub.stores, hub.products, hub.product_variants, hub.listings to hub_worker;
grant delete on hub.listings to hub_worker;
grant select, update on hub.approvals to hub_worker;
grant select, insert, update, delete on hub.lanes, hub.jobs, hub.job_data, hub.job_logs, hub.sync_logs, hub.idempotency_keys,
    hub.worker_slots to hub_worker;
grant insert on hub.approval_history, hub.audit_logs, hub.inventory_logs to hub_worker;

-- Nobody changes the record, not even a role that is given the right by mistake.
create function hub.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception 'audit_logs can be added to and read, never changed' using errcode = '42501';
end
$$;
create trigger audit_logs_are_final before update or delete or truncate on hub.audit_logs
    for each statement execute function hub.refuse_change();

-- Sets the context under which rows are visible and changes are recorded, until the statement ends.
create function hub.act_for(workspace uuid, user_id uuid, actor text, request_id text) returns void
language sql volatile as $$
    select set_config('hub.workspace', coalesce(workspace::text, ''), true),
           set_config('hub.user', coalesce(user_id::text, ''), true),
           set_config('hub.actor', actor, true),
           set_config('hub.request', coalesce(request_id, ''), true)
$$;

-- Everything that a request needs, in one round trip: membership and right, context, idempotency, the statement.
--   context: {user, workspace (id or slug), need, request_id, ip?, user_agent?, idempotency_key?, fingerprint?}
--   statement: text of a .sql file with the arguments as $1 jsonb, answering one text
-- Raises HB403 (no member, or the role lacks the right) and HB422 (key used for another request).
create function hub.run(context jsonb, statement text, args jsonb) returns text
language plpgsql volatile as $$
declare
    member record;
    wanted text := context ->> 'workspace';
    wanted_key text := context ->> 'idempotency_key';
    known record;
    result text;
begin
    perform set_config('hub.user', context ->> 'user', true);
    if wanted ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
        select m.user_id, m.workspace_id, m.role into member from hub.members m
        where m.user_id = (context ->> 'user')::uuid and m.workspace_id = wanted::uuid;
    else
        select m.user_id, m.workspace_id, m.role into member
        from hub.workspaces w join hub.members m on m.workspace_id = w.id
        where w.slug = wanted and m.user_id = (context ->> 'user')::uuid;
    end if;
    if member.role is null or not hub.may(member.role, context ->> 'need') then
        raise exception 'not allowed' using errcode = 'HB403';
    end if;

    perform set_config('hub.workspace', member.workspace_id::text, true),
            set_config('hub.role', member.role, true),
            set_config('hub.actor', 'user', true),
            set_config('hub.request', coalesce(context ->> 'request_id', ''), true),
            set_config('hub.ip', coalesce(context ->> 'ip', ''), true),
            set_config('hub.user_agent', coalesce(context ->> 'user_agent', ''), true);

    if wanted_key is null then
        execute statement into result using args;
        return result;
    end if;

    insert into hub.idempotency_keys (workspace_id, user_id, key, fingerprint)
    values (member.workspace_id, member.user_id, wanted_key, context ->> 'fingerprint')
    on conflict do nothing;
    if not found then -- a second request with the key waited above until the first was committed
        select k.fingerprint, k.answer into known from hub.idempotency_keys k
        where k.workspace_id = member.workspace_id and k.user_id = member.user_id and k.key = wanted_key;
        if known.fingerprint is distinct from context ->> 'fingerprint' then
            raise exception 'idempotency key was used for another request' using errcode = 'HB422';
        end if;
        return known.answer;
    end if;
    execute statement into result using args;
    update hub.idempotency_keys k set answer = result
    where k.workspace_id = member.workspace_id and k.user_id = member.user_id and k.key = wanted_key;
    return result;
end
$$;
grant execute on all functions in schema hub to hub_app, hub_worker;
