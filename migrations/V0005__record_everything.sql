-- Audit rows, histories and logs are written by triggers in the changing statement, so that no code path can forget them.

-- {field: {from, to}} of two row images. Bookkeeping fields say nothing; sealed fields never show, not even sealed.
create function hub.difference(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, case when key in ('credentials')
            then '{"from": "[redacted]", "to": "[redacted]"}'::jsonb
            else jsonb_build_object('from', before -> key, 'to', after -> key) end), '{}')
    from (select jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as key) keys
    where before -> key is distinct from after -> key
      and coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')
      and key not in ('id', 'workspace_id', 'created_at', 'updated_at', 'version')
$$;

create function hub.record_insert() returns trigger
language plpgsql as $$
begin
    insert into hub.audit_logs (workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id, ip_address, user_agent)
    select n.workspace_id, hub.user_id(), coalesce(hub.setting('hub.actor'), session_user), 'create', tg_argv[0], n.id,
           hub.difference(null, to_jsonb(n)), hub.setting('hub.request'), hub.setting('hub.ip')::inet, hub.setting('hub.user_agent')
    from new_rows n;
    return null;
end
$$;
create function hub.record_update() returns trigger
language plpgsql as $$
begin
    insert into hub.audit_logs (workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id, ip_address, user_agent)
    select n.workspace_id, hub.user_id(), coalesce(hub.setting('hub.actor'), session_user), 'update', tg_argv[0], n.id,
           d.changes, hub.setting('hub.request'), hub.setting('hub.ip')::inet, hub.setting('hub.user_agent')
    from new_rows n join old_rows o using (id),
         lateral (select hub.difference(to_jsonb(o), to_jsonb(n)) as changes) d
    where d.changes <> '{}';
    return null;
end
$$;
create function hub.record_delete() returns trigger
language plpgsql as $$
begin
    insert into hub.audit_logs (workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id, ip_address, user_agent)
    select o.workspace_id, hub.user_id(), coalesce(hub.setting('hub.actor'), session_user), 'delete', tg_argv[0], o.id,
           hub.difference(to_jsonb(o), null), hub.setting('hub.request'), hub.setting('hub.ip')::inet, hub.setting('hub.user_agent')
    from old_rows o;
    return null;
end
$$;

do $$
declare
    t record;
begin
    for t in select * from (values ('stores', 'store'), ('products', 'product'), ('product_variants', 'product_variant'),
        ('listings', 'listing'), ('approvals', 'approval')) as v (name, resource)
    loop
        execute format('create trigger record_insert after insert on hub.%I referencing new table as new_rows
            for each statement execute function hub.record_insert(%L)', t.name, t.resource);
        execute format('create trigger record_update after update on hub.%I referencing old table as old_rows new table as new_rows
            for each statement execute function hub.record_update(%L)', t.name, t.resource);
        execute format('create trigger record_delete after delete on hub.%I referencing old table as old_rows
            for each statement execute function hub.record_delete(%L)', t.name, t.resource);
    end loop;
end
$$;

-- A job is audited when it is asked for and when a person or its end changes it; the steps between are job_logs.
create function hub.record_jobs_inserted() returns trigger
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
    from new_rows n;
    return null;
end
$$;
create function hub.record_jobs_updated() returns trigger
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
    where n.priority <> o.priority or n.cancel_requested <> o.cancel_requested
       or (n.state <> o.state and (n.state in ('done', 'dead', 'cancelled') or hub.setting('hub.actor') = 'user'));
    return null;
end
$$;
create trigger record_insert after insert on hub.jobs referencing new table as new_rows
    for each statement execute function hub.record_jobs_inserted();
create trigger record_update after update on hub.jobs referencing old table as old_rows new table as new_rows
    for each statement execute function hub.record_jobs_updated();

create function hub.record_approval_history() returns trigger
language plpgsql as $$
begin
    insert into hub.approval_history (workspace_id, approval_id, user_id, from_status, to_status, comments)
    values (new.workspace_id, new.id, hub.user_id(), case when tg_op = 'UPDATE' then old.status end, new.status,
            case when tg_op = 'UPDATE' then new.review_comments else new.comments end);
    return null;
end
$$;
create trigger history_insert after insert on hub.approvals for each row execute function hub.record_approval_history();
create trigger history_update after update of status on hub.approvals for each row
    when (old.status is distinct from new.status) execute function hub.record_approval_history();

create function hub.record_variant_inventory() returns trigger
language plpgsql as $$
begin
    insert into hub.inventory_logs (workspace_id, product_id, variant_id, quantity_before, quantity_after, reason, user_id, request_id)
    values (new.workspace_id, new.product_id, new.id, case when tg_op = 'UPDATE' then old.inventory else 0 end, new.inventory,
            coalesce(hub.setting('hub.reason'), lower(tg_op)), hub.user_id(), hub.setting('hub.request'));
    return null;
end
$$;
create trigger inventory_insert after insert on hub.product_variants for each row
    when (new.inventory <> 0) execute function hub.record_variant_inventory();
create trigger inventory_update after update of inventory on hub.product_variants for each row
    when (old.inventory is distinct from new.inventory) execute function hub.record_variant_inventory();

create function hub.record_listing_inventory() returns trigger
language plpgsql as $$
begin
    insert into hub.inventory_logs (workspace_id, product_id, listing_id, quantity_before, quantity_after, reason, user_id, request_id)
    values (new.workspace_id, new.product_id, new.id, case when tg_op = 'UPDATE' then old.inventory else 0 end, new.inventory,
            coalesce(hub.setting('hub.reason'), lower(tg_op)), hub.user_id(), hub.setting('hub.request'));
    return null;
end
$$;
create trigger inventory_insert after insert on hub.listings for each row
    when (new.inventory <> 0) execute function hub.record_listing_inventory();
create trigger inventory_update after update of inventory on hub.listings for each row
    when (old.inventory is distinct from new.inventory) execute function hub.record_listing_inventory();

-- version and updated_at move with every real change; an update that changes nothing leaves the version.
create function hub.touch() returns trigger
language plpgsql as $$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
end
$$;
create trigger touch before update on hub.stores for each row when (old.* is distinct from new.*) execute function hub.touch();
create trigger touch before update on hub.products for each row when (old.* is distinct from new.*) execute function hub.touch();
create trigger touch before update on hub.listings for each row when (old.* is distinct from new.*) execute function hub.touch();
create trigger touch before update on hub.approvals for each row when (old.* is distinct from new.*) execute function hub.touch();

-- A product's variants are part of it: changing one is a new version of the product.
create function hub.touch_product() returns trigger
language plpgsql as $$
begin
    update hub.products p set version = p.version + 1
    where p.id in (select product_id from changed);
    return null;
end
$$;
create trigger touch_product_update after update on hub.product_variants referencing new table as changed
    for each statement execute function hub.touch_product();
create trigger touch_product_delete after delete on hub.product_variants referencing old table as changed
    for each statement execute function hub.touch_product();
grant execute on all functions in schema hub to hub_app, hub_worker;
