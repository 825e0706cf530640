-- Events of product management systems: taken in under a key of the workspace, applied to the catalogue.

-- args: {key_id} → {workspace_id, secret, previous_secret?}, both sealed; null for a key that is none, revoked or expired
create function hub.webhook_key(args jsonb) returns text
language plpgsql as $$
declare
    wanted uuid := (args ->> 'key_id')::uuid;
begin
    perform set_config('hub.key', wanted::text, true);
    return (select jsonb_strip_nulls(jsonb_build_object('workspace_id', k.workspace_id, 'secret', k.secret,
            'previous_secret', case when k.previous_until > now() then k.previous_secret end))
        from hub.webhook_keys k where k.id = wanted and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))::text;
end
$$;

-- Stores a verified event and its nonce and queues its processing, all or nothing. The key is looked at again: who checked
-- the signature may have known its secret for a while.
--   args: {key_id, nonce, event_id, topic, headers, command, encoding: text|base64, request_id?}
--   → {outcome: stored|duplicate|conflict|replayed|unknown, id?, conflicts?}
create function hub.receive_pms_event(args jsonb, body text) returns text
language plpgsql as $$
declare
    source uuid := (args ->> 'key_id')::uuid;
    raw bytea := hub.raw_body(args ->> 'encoding', body);
    digest bytea := sha256(raw);
    event uuid := hub.uuid7();
    job uuid := hub.uuid7();
    k record;
begin
    perform set_config('hub.key', source::text, true);
    select t.workspace_id, t.last_used_at into k from hub.webhook_keys t
    where t.id = source and t.revoked_at is null and (t.expires_at is null or t.expires_at > now());
    if k.workspace_id is null then
        return '{"outcome": "unknown"}';
    end if;
    perform hub.act_for(k.workspace_id, null, 'webhooks', args ->> 'request_id');
    insert into hub.webhook_nonces (key_id, nonce, workspace_id) values (source, args ->> 'nonce', k.workspace_id)
    on conflict do nothing;
    if not found then
        return '{"outcome": "replayed"}';
    end if;
    insert into hub.webhook_events (id, workspace_id, key_id, event_id, topic, headers, body, body_sha256, command, job_id)
    values (event, k.workspace_id, source, args ->> 'event_id', args ->> 'topic', args -> 'headers', raw, digest, args -> 'command', job)
    on conflict (coalesce(store_id, key_id), event_id) do nothing;
    if not found then
        return hub.known_webhook(source, args ->> 'event_id', digest);
    end if;
    perform hub.queue_webhook(event, k.workspace_id, null, job);
    if k.last_used_at is null or k.last_used_at < now() - interval '1 minute' then
        update hub.webhook_keys t set last_used_at = now()
        where t.id = (select o.id from hub.webhook_keys o where o.id = source for no key update skip locked);
    end if;
    return '{"outcome": "stored", "id": "' || event || '"}';
end
$$;

-- Whether nothing newer was applied to the subject; if so, it now counts as applied. Holds the subject until the statement ends.
create function hub.is_news(wanted text, happened_at timestamptz) returns boolean
language plpgsql as $$
begin
    insert into hub.pms_marks (workspace_id, subject, applied_at) values (hub.workspace(), wanted, happened_at)
    on conflict (workspace_id, subject) do update set applied_at = excluded.applied_at
        where pms_marks.applied_at <= excluded.applied_at;
    return found;
end
$$;

-- Ends what runs unless a product function did what it was asked for.
create function hub.demand(answer jsonb) returns void
language plpgsql as $$
begin
    if answer ->> 'outcome' not in ('ok', 'created', 'deleted') then
        perform hub.refuse(coalesce(answer ->> 'field', 'product'), coalesce(answer ->> 'message', answer ->> 'outcome'));
    end if;
end
$$;

-- product.created, product.updated: the product of that SKU is made or changed as POST and PATCH /products would.
-- Its status stays with us once a channel shows it.
create function hub.pms_save_product(command jsonb) returns text
language plpgsql as $$
declare
    p hub.products;
    fields jsonb := command -> 'fields';
begin
    select * into p from hub.products o where o.sku = command ->> 'sku' for no key update;
    if p.id is null then
        if fields ->> 'title' is null then
            perform hub.refuse('title', 'title: is missing, and there is no product yet that has one');
        end if;
        perform hub.demand(hub.create_product(command)::jsonb);
        return 'the product was made';
    end if;
    if p.status = 'published' then
        fields := fields - 'status';
    end if;
    perform hub.demand(hub.update_product(jsonb_strip_nulls(jsonb_build_object('id', p.id)) || jsonb_build_object('fields', fields)
        || case when command ? 'variants' then jsonb_build_object('variants', command -> 'variants') else '{}' end)::jsonb);
    return 'the product was brought up to date';
end
$$;

-- product.deleted: as DELETE /products would; one that is not there is deleted already.
create function hub.pms_delete_product(command jsonb) returns text
language plpgsql as $$
declare
    wanted uuid;
begin
    select o.id into wanted from hub.products o where o.sku = command ->> 'sku';
    if wanted is null then
        return 'there was no such product';
    end if;
    perform hub.demand(hub.delete_product(jsonb_build_object('id', wanted))::jsonb);
    return 'the product was deleted';
end
$$;

-- inventory.updated: the stock of the variant with that SKU. The product is locked first, as everybody does.
create function hub.pms_set_inventory(command jsonb) returns text
language plpgsql as $$
declare
    v hub.product_variants;
begin
    select * into v from hub.product_variants o where o.sku = command ->> 'sku';
    if v.id is null then
        perform hub.refuse('sku', format('sku: no variant has the SKU %s', command ->> 'sku'));
    end if;
    perform from hub.products p where p.id = v.product_id for no key update;
    update hub.product_variants o set inventory = (command ->> 'quantity')::int, updated_at = now()
    where o.id = v.id and o.inventory <> (command ->> 'quantity')::int;
    return case when found then 'the stock was set' else 'the stock was this already' end;
end
$$;

-- Applies an event of a product management system under its workspace's context; sets that context.
--   → {status: processed|ignored|failed, detail}, which hub.settle_webhook takes
-- Whatever order events are processed in, the newest of a subject stands: by data.updated_at, else by their arrival.
create function hub.apply_pms_event(event uuid) returns jsonb
language plpgsql as $$
declare
    e hub.webhook_events;
    kind text;
    happened_at timestamptz;
    issue text;
begin
    select * into e from hub.webhook_events w where w.id = event;
    kind := e.command ->> 'kind';
    if e.command is null or e.command ? 'problem' then
        return jsonb_build_object('status', 'failed', 'detail', coalesce(e.command ->> 'problem', 'There is no such event.'));
    elsif kind = 'none' then
        return jsonb_build_object('status', 'ignored', 'detail', format('nothing is done for the type %s', e.topic));
    end if;
    happened_at := coalesce((e.command ->> 'at')::timestamptz, e.received_at);
    if happened_at > e.received_at + interval '5 minutes' then
        return jsonb_build_object('status', 'failed', 'detail', 'data.updated_at: lies in the future');
    end if;
    perform hub.act_for(e.workspace_id, null, 'webhooks', e.id::text), set_config('hub.reason', left(e.topic, 60), true);
    if not hub.is_news(case kind when 'set_inventory' then 'inventory:' else 'product:' end || (e.command ->> 'sku'), happened_at) then
        return jsonb_build_object('status', 'ignored', 'detail', 'something newer was applied already');
    end if;
    return jsonb_build_object('status', 'processed', 'detail', case kind
        when 'save_product' then hub.pms_save_product(e.command)
        when 'delete_product' then hub.pms_delete_product(e.command)
        when 'set_inventory' then hub.pms_set_inventory(e.command) end);
exception
    when sqlstate 'HB400' or unique_violation or check_violation or not_null_violation or foreign_key_violation or data_exception then
        get stacked diagnostics issue = message_text;
        return jsonb_build_object('status', 'failed', 'detail', issue);
end
$$;
