-- What POST, PATCH and DELETE of a product run, each answering with an outcome.

-- The columns that a product's own fields go to. Keys that `fields` lacks keep their value.
create function hub.with_fields(p hub.products, fields jsonb) returns hub.products
language plpgsql stable as $$
begin
    return jsonb_populate_record(p, (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(fields)
        where key in ('handle', 'sku', 'title', 'description', 'vendor', 'product_type', 'images', 'options', 'tags', 'seo', 'status')));
end
$$;

-- Writes a product's own fields where they differ. True when they did.
create function hub.save_fields(p hub.products) returns boolean
language plpgsql as $$
begin
    update hub.products o set handle = p.handle, sku = p.sku, title = p.title, description = p.description, vendor = p.vendor,
        product_type = p.product_type, images = p.images, options = p.options, tags = p.tags, seo = p.seo, status = p.status
    where o.id = p.id
      and (o.handle, o.sku, o.title, o.description, o.vendor, o.product_type, o.images, o.options, o.tags, o.seo, o.status)
        is distinct from (p.handle, p.sku, p.title, p.description, p.vendor, p.product_type, p.images, p.options, p.tags, p.seo, p.status);
    return found;
end
$$;

-- Inserts a product with its fields and nothing else, and returns it.
create function hub.insert_product(fields jsonb) returns hub.products
language plpgsql as $$
declare
    p hub.products;
begin
    insert into hub.products (workspace_id, user_id, handle, sku, title, description, vendor, product_type, images, options, tags, seo, status)
    select hub.workspace(), hub.user_id(), f.handle, f.sku, f.title, coalesce(f.description, ''), coalesce(f.vendor, ''),
        coalesce(f.product_type, ''), coalesce(f.images, '[]'), coalesce(f.options, '[]'), coalesce(f.tags, '{}'),
        coalesce(f.seo, '{}'), coalesce(f.status, 'draft')
    from hub.with_fields(null, fields) f
    returning * into p;
    return p;
end
$$;

create function hub.publishing_answer() returns text
language sql immutable parallel safe as $$
    select json_build_object('outcome', 'conflict', 'field', 'status', 'issue', 'follows from the product''s listings', 'message',
        'A product is published by its listings. Ask with POST /approvals {"resource_type": "listing", "resource_id": …, "action": "publish"}.')::text
$$;

-- A value that was refused along the way (hub.refuse) as an outcome.
create function hub.invalid_answer(field text, issue text) returns text
language sql immutable parallel safe as $$
    select json_build_object('outcome', 'invalid', 'field', field, 'issue', issue, 'message', field || ': ' || issue)::text
$$;

-- POST /products, under hub.run.
--   args: {fields: {sku, title, …}, variants: [{option_values?, price?, …}]}; no variants: one with the product's SKU
create function hub.create_product(args jsonb) returns text
language plpgsql set jit = off as $$
declare
    fields jsonb := args -> 'fields';
    variants jsonb := coalesce(args -> 'variants', '[]');
    p hub.products;
    refused_field text;
    issue text;
begin
    if fields ->> 'status' = 'published' then
        return hub.publishing_answer();
    elsif jsonb_array_length(variants) = 0 then
        variants := jsonb_build_array(jsonb_build_object('sku', fields -> 'sku'));
    end if;
    fields := fields || jsonb_build_object('options', hub.complete_options(coalesce(fields -> 'options', '[]'),
        (select jsonb_agg(coalesce(v -> 'option_values', '[]')) from jsonb_array_elements(variants) v), true));
    p := hub.insert_product(fields);
    perform hub.save_variants(p, variants, true);
    return hub.product_answer('created', p.id);
exception when sqlstate 'HB400' then
    get stacked diagnostics refused_field = column_name, issue = message_text;
    return hub.invalid_answer(refused_field, issue);
end
$$;

-- Saves what a PATCH gives. A product without options whose one variant goes by the product's SKU keeps it so.
create function hub.change_product(p hub.products, fields jsonb, variants jsonb) returns void
language plpgsql as $$
declare
    wanted hub.products := hub.with_fields(p, fields);
begin
    if variants is not null then
        perform hub.save_variants(wanted, variants, true);
    elsif wanted.sku <> p.sku then
        update hub.product_variants v set sku = wanted.sku, updated_at = now()
        where v.product_id = p.id and v.option_values = '{}' and v.sku = p.sku;
    end if;
    if variants is not null or fields ? 'options' then
        wanted.options := hub.complete_options(wanted.options, hub.used_options(p.id), fields ? 'options');
    end if;
    perform hub.save_fields(wanted);
end
$$;

-- PATCH /products/{id}, under hub.run.
--   args: {id, if_match?: version, fields: {…}, variants?: [{id?, sku?, option_values?, price?, …}]}
create function hub.update_product(args jsonb) returns text
language plpgsql set jit = off as $$
declare
    p hub.products;
    wanted_status text := args -> 'fields' ->> 'status';
    refused_field text;
    issue text;
begin
    select * into p from hub.products where id = (args ->> 'id')::uuid for no key update;
    if p.id is null then
        return '{"outcome": "not_found"}';
    elsif (args ->> 'if_match')::int <> p.version then
        return hub.product_answer('stale', p.id);
    elsif wanted_status = 'published' and p.status <> 'published' then
        return hub.publishing_answer();
    elsif wanted_status <> 'published' and p.status = 'published' then
        return hub.product_answer('conflict', p.id, 'A channel shows this product. Take it off first: POST /approvals '
            '{"resource_type": "product", "resource_id": "' || p.id || '", "action": "delete"}.');
    end if;
    perform hub.change_product(p, args -> 'fields', args -> 'variants');
    return hub.product_answer('ok', p.id);
exception when sqlstate 'HB400' then
    get stacked diagnostics refused_field = column_name, issue = message_text;
    return hub.invalid_answer(refused_field, issue);
end
$$;

-- DELETE /products/{id}, under hub.run: of one that has no listing.
--   args: {id, if_match?: version}
create function hub.delete_product(args jsonb) returns text
language plpgsql as $$
declare
    p hub.products;
    l hub.listings;
begin
    select * into p from hub.products where id = (args ->> 'id')::uuid for update;
    if p.id is null then
        return '{"outcome": "not_found"}';
    elsif (args ->> 'if_match')::int <> p.version then
        return hub.product_answer('stale', p.id);
    end if;
    select * into l from hub.listings where product_id = p.id order by external_id nulls last, id limit 1;
    if l.external_id is not null then
        return hub.product_answer('conflict', p.id, 'A channel shows this product. Take it off first: POST /approvals '
            '{"resource_type": "product", "resource_id": "' || p.id || '", "action": "delete"}.');
    elsif l.id is not null then
        return hub.product_answer('conflict', p.id, format('The product has a listing. Delete it first: DELETE /listings/%s.', l.id));
    end if;
    delete from hub.products where id = p.id;
    return '{"outcome": "deleted"}';
end
$$;
