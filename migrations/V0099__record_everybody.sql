-- The record knows by what somebody came, holds every table with business in it, and is written by the database alone.

alter table hub.audit_logs
    add column via text,          -- token, cookie, key, signature; null: no request
    add column api_key_id uuid,   -- of key and signature; user_id is the key's maker
    add column session_id uuid,   -- of our own sign-in
    add column resource_key text; -- what identifies the resource where that is no id

-- Who and whence is the context's business, not the triggers': they say what changed.
alter table hub.audit_logs
    alter column user_id set default hub.user_id(),
    alter column actor set default coalesce(hub.setting('hub.actor'), session_user),
    alter column request_id set default hub.setting('hub.request'),
    alter column ip_address set default hub.setting('hub.ip')::inet,
    alter column user_agent set default hub.setting('hub.user_agent'),
    alter column via set default hub.setting('hub.via'),
    -- the webhooks' intake calls its own keys by the same name
    alter column api_key_id set default case when hub.setting('hub.via') in ('key', 'signature') then hub.setting('hub.key')::uuid end,
    alter column session_id set default hub.setting('hub.session')::uuid;

-- One changed row of a table whose key is not a column id. Arguments: the resource, then the columns of its key.
create function hub.record_row() returns trigger
language plpgsql as $$
declare
    before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    image jsonb := coalesce(after, before);
    difference jsonb := hub.difference(before, after);
    key text;
begin
    if tg_op = 'UPDATE' and difference = '{}' then
        return null;
    end if;
    select string_agg(image ->> name, ' ' order by nr) into key from unnest(tg_argv[1:]) with ordinality as k (name, nr);
    insert into hub.audit_logs (workspace_id, action, resource_type, resource_id, resource_key, changes)
    values (
        -- a workspace is its own; what holds for all of them is nobody's
        coalesce(image ->> 'workspace_id', case when tg_table_name = 'workspaces' then image ->> 'id' end,
            '00000000-0000-0000-0000-000000000000')::uuid,
        case tg_op when 'INSERT' then 'create' else lower(tg_op) end, tg_argv[0],
        case when key ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then key::uuid end,
        case when key !~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then key end,
        difference);
    return null;
end
$$;

-- A job is removed long after its end by job-maintenance, which says nothing new; by anybody else it is a change.
create function hub.record_jobs_deleted() returns trigger
language plpgsql as $$
begin
    insert into hub.audit_logs (workspace_id, action, resource_type, resource_id, changes)
    select o.workspace_id, 'delete', 'job', o.id,
           jsonb_build_object('type', jsonb_build_object('from', o.type), 'state', jsonb_build_object('from', o.state))
    from old_rows o
    where hub.setting('hub.actor') is distinct from 'job-maintenance'
      and (o.type <> 'process_webhook' or hub.setting('hub.actor') = 'user');
    return null;
end
$$;

create function hub.refuse_truncate() returns trigger
language plpgsql as $$
begin
    raise exception 'rows of % are deleted, so that it is recorded, not truncated', tg_table_name using errcode = '42501';
end
$$;

-- The triggers of a recorded table. Without a key its rows are recorded by the statement, which takes columns id and workspace_id.
create function hub.record_table(name text, resource text, key text[] default null) returns void
language plpgsql as $$
declare
    arguments text := (select string_agg(quote_literal(a), ', ') from unnest(resource || key) a);
begin
    if to_regclass('hub.' || name) is null then
        return;
    end if;
    if key is null then
        execute format('create or replace trigger record_insert after insert on hub.%I referencing new table as new_rows
            for each statement execute function hub.record_insert(%s)', name, arguments);
        execute format('create or replace trigger record_update after update on hub.%I referencing old table as old_rows new table as new_rows
            for each statement execute function hub.record_update(%s)', name, arguments);
        execute format('create or replace trigger record_delete after delete on hub.%I referencing old table as old_rows
            for each statement execute function hub.record_delete(%s)', name, arguments);
    else
        execute format('create or replace trigger record_insert after insert on hub.%I for each row execute function hub.record_row(%s)', name, arguments);
        execute format('create or replace trigger record_update after update on hub.%I for each row execute function hub.record_row(%s)', name, arguments);
        execute format('create or replace trigger record_delete after delete on hub.%I for each row execute function hub.record_row(%s)', name, arguments);
    end if;
    execute format('create or replace trigger record_no_truncate before truncate on hub.%I
        for each statement execute function hub.refuse_truncate()', name);
end
$$;
revoke execute on function hub.record_table(text, text, text[]) from public;

select hub.record_table(name, resource) from (values ('stores', 'store'), ('products', 'product'),
    ('product_variants', 'product_variant'), ('listings', 'listing'), ('approvals', 'approval'), ('orders', 'order'),
    ('connections', 'connection'), ('webhook_keys', 'webhook_key'), ('api_keys', 'api_key'), ('invitations', 'invitation')) t (name, resource);
select hub.record_table('members', 'member', '{user_id}');
select hub.record_table('workspaces', 'workspace', '{id}');
select hub.record_table('origins', 'origin', '{origin}');
select hub.record_table('rate_limits', 'rate_limit', '{class,subject}');
select hub.record_table('workspace_rate_limits', 'rate_limit', '{class,subject}');

drop function if exists hub.record_keyed(), hub.record_change(text, uuid, uuid, jsonb, jsonb);

create trigger record_delete after delete on hub.jobs referencing old table as old_rows
    for each statement execute function hub.record_jobs_deleted();
create trigger record_no_truncate before truncate on hub.jobs for each statement execute function hub.refuse_truncate();

-- Lanes come and go with stores and work in them moves their counters; that somebody holds one up is a decision.
create trigger record_update after update on hub.lanes for each row
    when (old.paused is distinct from new.paused or old.max_running is distinct from new.max_running)
    execute function hub.record_row('lane', 'store_id', 'queue');
create trigger record_no_truncate before truncate on hub.lanes for each statement execute function hub.refuse_truncate();

-- Nobody writes the record by hand, whatever statement they get hold of: the triggers do, as the owner.
do $$
declare
    recorder regprocedure;
begin
    for recorder in select p.oid from pg_proc p where p.pronamespace = 'hub'::regnamespace
        and p.proname in ('record_insert', 'record_update', 'record_delete', 'record_row',
            'record_jobs_inserted', 'record_jobs_updated', 'record_jobs_deleted')
    loop
        execute format('alter function %s security definer set search_path = pg_catalog, pg_temp', recorder);
    end loop;
end
$$;
create policy recorder on hub.audit_logs for insert to current_user with check (true);
create policy recorder on hub.job_logs for insert to current_user with check (true);
revoke insert on hub.audit_logs from hub_app, hub_worker;
drop policy worker_writes on hub.audit_logs;
