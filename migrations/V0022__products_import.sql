-- Products from a catalogue file, merged by handle: what the file gives replaces, nothing is deleted, and what is
-- as the file says already is not touched.

-- Images merged by src. Given ones replace alt and position where they have them; new ones come after the others.
create function hub.merge_images(old jsonb, given jsonb) returns jsonb
language plpgsql immutable as $$
declare
    last int := (select coalesce(max((x ->> 'position')::int), 0) from jsonb_array_elements(old) x);
begin
    if given = '[]' then
        return old;
    end if;
    return (
        select jsonb_agg(jsonb_build_object('src', coalesce(o.image ->> 'src', g.image ->> 'src'),
            'alt', coalesce(g.image ->> 'alt', o.image ->> 'alt'), 'position', n.position)
            order by n.position, o.nr nulls last, g.nr)
        from jsonb_array_elements(old) with ordinality o (image, nr)
        full join jsonb_array_elements(given) with ordinality g (image, nr) on g.image ->> 'src' = o.image ->> 'src',
        lateral (select coalesce((g.image ->> 'position')::int, (o.image ->> 'position')::int, last + g.nr) as position) n);
end
$$;

-- Lines whose SKU another variant has: of another product, or of this one where the file leaves that variant alone.
create function hub.taken_skus(p hub.products, given jsonb) returns jsonb
language plpgsql stable as $$
begin
    return coalesce((
        select jsonb_agg(jsonb_build_object('line', g -> 'line', 'field', 'Variant SKU', 'reason',
            format('SKU %s already exists: %s has it', g ->> 'sku', coalesce(o.handle, o.sku))))
        from jsonb_array_elements(given) g
        join hub.product_variants v on v.workspace_id = hub.workspace() and v.sku = g ->> 'sku'
        join hub.products o on o.id = v.product_id
        where v.product_id is distinct from p.id
           or to_jsonb(v.option_values) not in (select same -> 'option_values' from jsonb_array_elements(given) same)), '[]');
end
$$;

-- The SKU of a new product: its only variant's, else derived from the handle.
create function hub.imported_sku(handle text, variants jsonb) returns text
language plpgsql stable as $$
declare
    wanted text := hub.derived_sku(handle, '{}', false);
begin
    if jsonb_array_length(variants) = 1 and variants -> 0 -> 'option_values' = '[]' then
        wanted := coalesce(variants -> 0 ->> 'sku', wanted);
    end if;
    if exists (select from hub.products where workspace_id = hub.workspace() and sku = wanted) then
        return hub.derived_sku(handle, '{}', true);
    end if;
    return wanted;
end
$$;

-- The lines without a SKU and the SKUs that were derived for them.
create function hub.derived_skus(p hub.products, variants jsonb) returns jsonb
language plpgsql stable set enable_nestloop = off as $$
begin
    return coalesce((
        select jsonb_agg(jsonb_build_object('line', g -> 'line', 'sku', v.sku) order by g -> 'line')
        from jsonb_array_elements(variants) g
        join hub.product_variants v on v.product_id = p.id and to_jsonb(v.option_values) = g -> 'option_values'
        where not g ? 'sku'
          and v.sku in (hub.derived_sku(p.handle, v.option_values, false), hub.derived_sku(p.handle, v.option_values, true))), '[]');
end
$$;

-- Fields of a file merged into those of a product. Whether it is published is for its listings to say.
create function hub.merged_fields(p hub.products, item jsonb) returns hub.products
language plpgsql stable as $$
declare
    fields jsonb := item -> 'fields';
    names jsonb := item -> 'option_names';
    merged hub.products;
begin
    if p.status = 'published' then
        fields := fields - 'status';
    end if;
    merged := hub.with_fields(p, fields);
    merged.seo := p.seo || coalesce(fields -> 'seo', '{}');
    merged.images := hub.merge_images(p.images, item -> 'images');
    if names is not null then
        merged.options := coalesce((select jsonb_agg(jsonb_build_object('name', n.name, 'values', coalesce(p.options -> (n.nr - 1)::int -> 'values', '[]'))
            order by n.nr) from jsonb_array_elements_text(names) with ordinality n (name, nr)), '[]');
    end if;
    return merged;
end
$$;

-- One product of a file: {handle, line, fields, option_names?, variants: [{line, option_values, …}], images}.
-- Answers {outcome, errors: [{line, field?, reason}], skus: [{line, sku}]}.
create function hub.import_product(item jsonb) returns jsonb
language plpgsql as $$
declare
    p hub.products;
    merged hub.products;
    taken jsonb;
    variants jsonb := item -> 'variants';
    outcome text := 'unchanged';
begin
    select * into p from hub.products where workspace_id = hub.workspace() and handle = item ->> 'handle' for no key update;
    taken := hub.taken_skus(p, variants);
    if taken <> '[]' then
        variants := coalesce((select jsonb_agg(v) from jsonb_array_elements(variants) v
            where not taken @> jsonb_build_array(jsonb_build_object('line', v -> 'line'))), '[]');
    end if;
    if p.id is null and not item -> 'fields' ? 'title' then
        perform hub.refuse('Title', 'is missing in the first row of this handle');
    elsif taken @> jsonb_build_array(jsonb_build_object('line', item -> 'line')) or (variants = '[]' and taken <> '[]' and p.id is null) then
        return jsonb_build_object('outcome', 'failed', 'errors', taken, 'skus', '[]'::jsonb);
    elsif p.id is null then
        if variants = '[]' then -- what has no variants has one
            variants := jsonb_build_array(jsonb_build_object('line', item -> 'line', 'option_values', '[]'::jsonb));
        end if;
        p := hub.insert_product((item -> 'fields') || jsonb_build_object('handle', item -> 'handle',
            'sku', hub.imported_sku(item ->> 'handle', variants), 'images', hub.merge_images('[]', item -> 'images'),
            'options', hub.complete_options(coalesce((select jsonb_agg(jsonb_build_object('name', n, 'values', '[]'::jsonb))
                from jsonb_array_elements(item -> 'option_names') n), '[]'),
                (select jsonb_agg(v -> 'option_values') from jsonb_array_elements(variants) v), false)));
        perform hub.save_variants(p, variants, false);
        outcome := 'created';
    else
        merged := hub.merged_fields(p, item);
        if hub.save_variants(p, variants, false) then
            outcome := 'updated';
        end if;
        merged.options := hub.complete_options(merged.options, hub.used_options(p.id), false);
        if hub.save_fields(merged) then
            outcome := 'updated';
        end if;
    end if;
    return jsonb_build_object('outcome', outcome, 'errors', taken, 'skus', hub.derived_skus(p, variants));
end
$$;

-- POST /products/import, a batch of it, under hub.run. Each product stands for itself: one that fails undoes nothing else.
--   args: {products: […]} → {"results": [{outcome, errors, skus}]} in their order
-- Without JIT: compiling such statements takes a hundred times as long as running them.
create function hub.import_products(args jsonb) returns text
language plpgsql set jit = off as $$
declare
    item jsonb;
    result jsonb;
    results jsonb[] := '{}';
    field text;
    reason text;
    broken text;
begin
    perform set_config('hub.reason', 'import', true);
    for item in select x from jsonb_array_elements(args -> 'products') x loop
        begin
            result := hub.import_product(item);
        exception when sqlstate 'HB400' or integrity_constraint_violation or unique_violation or check_violation then
            get stacked diagnostics field = column_name, reason = message_text, broken = constraint_name;
            if broken <> '' then
                field := case broken when 'product_variants_sku_key' then 'Variant SKU' else '' end;
                reason := case broken when 'product_variants_sku_key' then 'a variant''s SKU already exists'
                    when 'products_handle_key' then 'another import made this product at the same moment; import the file again'
                    else 'a value breaks the rule ' || broken end;
            end if;
            result := jsonb_build_object('outcome', 'failed', 'skus', '[]'::jsonb, 'errors', jsonb_build_array(jsonb_strip_nulls(
                jsonb_build_object('line', item -> 'line', 'field', nullif(field, ''), 'reason', reason))));
        end;
        results := results || result;
    end loop;
    return jsonb_build_object('results', results)::text;
end
$$;

