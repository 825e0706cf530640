-- Saving products. A function rather than one statement, because variants are saved after their product and the
-- answer shows the version that the triggers left: each step inside sees what the step before it did. In plpgsql,
-- which keeps its plans: as SQL functions the same steps took ten times as long, nearly all of it for planning.

-- Two variants may swap their SKU or options in one change: uniqueness is checked when the statement ends.
alter table hub.product_variants
    drop constraint product_variants_sku_key,
    add constraint product_variants_sku_key unique (workspace_id, sku) deferrable initially immediate,
    drop constraint product_variants_options_key,
    add constraint product_variants_options_key unique (product_id, option_values) deferrable initially immediate;

-- Ends what runs with HB400: a value that only the database can judge does not do.
create function hub.refuse(field text, issue text) returns void
language plpgsql as $$
begin
    raise exception using errcode = 'HB400', message = issue, column = field;
end
$$;

-- Decimal text to minor units, exactly: half a cent is refused, not rounded.
create function hub.exact_minor(amount text, currency text, field text) returns bigint
language plpgsql stable as $$
declare
    minor numeric := amount::numeric * (10 ^ hub.exponent(currency))::numeric;
begin
    if minor <> trunc(minor) then
        perform hub.refuse(field, format('%s has at most %s decimals', currency, hub.exponent(currency)));
    end if;
    return minor::bigint;
end
$$;

-- A SKU for what came without one: CLASSIC-VARSITY-TOP-SMALL of handle and option values, always the same for the same.
-- A hash of both ends it where it is cut, where nothing is left of it, or (hashed) where the plain one is taken.
create function hub.derived_sku(stem text, option_values text[], hashed boolean) returns text
language sql immutable parallel safe as $$
    select case when slug <> '' and not hashed and length(slug) <= 100 then slug
        else coalesce(nullif(rtrim(left(slug, 91), '-'), ''), 'SKU') || '-' || hash end
    from (select
        upper(trim('-' from regexp_replace(array_to_string(stem || option_values, '-') collate "C", '[^A-Za-z0-9]+', '-', 'g'))) as slug,
        upper(left(encode(sha256(convert_to(array_to_string(stem || option_values, chr(31)), 'UTF8')), 'hex'), 8)) as hash) parts
$$;

-- Options in full: the named ones, each with its values in their known order, then those that the variants add.
--   named: [{name, values}]; used: the option values of each variant; keep_unused: values that no variant has stay
create function hub.complete_options(named jsonb, used jsonb, keep_unused boolean) returns jsonb
language plpgsql as $$
declare
    wide int := greatest(jsonb_array_length(named), (select max(jsonb_array_length(u)) from jsonb_array_elements(used) u));
begin
    if exists (select from jsonb_array_elements(used) u where jsonb_array_length(u) <> wide) then
        perform hub.refuse('variants.option_values', format('every variant takes one value for each of the %s options', wide));
    end if;
    return coalesce((
        select jsonb_agg(jsonb_build_object('name', coalesce(named -> i ->> 'name', 'Option ' || i + 1), 'values', (
            select coalesce(jsonb_agg(value order by known nulls last, first), '[]') from (
                select value, min(known) as known, min(first) as first
                from (
                    select n.value, n.nr as known, null::bigint as first, keep_unused as stays
                    from jsonb_array_elements_text(named -> i -> 'values') with ordinality n (value, nr)
                    union all
                    select u.row ->> i, null, u.nr, true from jsonb_array_elements(used) with ordinality u (row, nr)
                ) every_value
                group by value having bool_or(stays)) distinct_value)) order by i)
        from generate_series(0, wide - 1) i), '[]');
end
$$;

create function hub.used_options(wanted uuid) returns jsonb
language plpgsql stable as $$
begin
    return coalesce((select jsonb_agg(to_jsonb(v.option_values) order by v.position, v.id)
        from hub.product_variants v where v.product_id = wanted), '[]');
end
$$;

-- Which of a product's variants each given one is: by id, else by sku (where wanted), else by option values.
create function hub.match_variants(product uuid, given jsonb, by_sku boolean)
returns table (nr int, body jsonb, variant_id uuid)
language plpgsql stable set enable_nestloop = off as $$ -- 2048 with 2048: the planner takes either for few
#variable_conflict use_column
begin
    return query
    with g as (
        select x.nr::int as nr, x.body, (x.body ->> 'id')::uuid as id, x.body ->> 'sku' as sku,
            coalesce(x.body -> 'option_values', '[]') as option_values
        from jsonb_array_elements(given) with ordinality x (body, nr)
    ), v as (
        select id, sku, to_jsonb(option_values) as option_values from hub.product_variants where product_id = product
    ), first as (
        select g.nr, v.id from g join v on v.id = g.id
    ), second as (
        select g.nr, v.id from g join v on v.sku = g.sku
        where by_sku and g.id is null and v.id not in (select id from first)
    ), third as (
        select g.nr, v.id from g join v on v.option_values = g.option_values
        where g.id is null and g.nr not in (select nr from second)
          and v.id not in (select id from first union all select id from second)
    )
    select g.nr, g.body, m.id from g left join (table first union all table second union all table third) m on m.nr = g.nr;
end
$$;

-- Given variants as the rows that they become. Keys that a body lacks keep the row's value, or the default of a new one.
create function hub.variant_rows(p hub.products, given jsonb, whole boolean) returns setof hub.product_variants
language plpgsql as $$
declare
    stem text := coalesce(p.handle, p.sku);
    workspace_currency text := (select w.currency from hub.workspaces w where w.id = p.workspace_id);
    last int := (select coalesce(max(v.position), 0) from hub.product_variants v where v.product_id = p.id);
    defaults jsonb := jsonb_build_object('workspace_id', p.workspace_id, 'product_id', p.id, 'inventory', 0, 'inventory_policy', 'deny',
        'inventory_tracked', true, 'requires_shipping', true, 'taxable', true, 'created_at', now(), 'updated_at', now());
begin
    return query
    with m as materialized (
        select x.nr, x.body - 'id' as body, v.id, v.sku, v.position,
            case when v.id is null then defaults || jsonb_build_object('id', hub.uuid7()) else to_jsonb(v) end as base,
            coalesce(x.body ->> 'currency', v.currency, workspace_currency) as currency,
            case when x.body ? 'price' then x.body ->> 'price' else hub.money_text(v.price_minor, v.currency) end as price,
            case when x.body ? 'compare_at_price' then x.body ->> 'compare_at_price'
                else hub.money_text(v.compare_at_price_minor, v.currency) end as compare_at_price,
            array(select jsonb_array_elements_text(coalesce(x.body -> 'option_values', to_jsonb(v.option_values), '[]'))) as option_values
        from hub.match_variants(p.id, given, whole) x left join hub.product_variants v on v.id = x.variant_id
    ), named as (
        select m.*, case when m.body ? 'sku' or m.id is not null then coalesce(m.body ->> 'sku', m.sku) end as known_sku,
            case when not m.body ? 'sku' and m.id is null then hub.derived_sku(stem, m.option_values, false) end as plain_sku
        from m
    ), settled as (
        select n.*, coalesce(n.known_sku, case
            when row_number() over (partition by n.plain_sku order by n.nr) > 1
                or n.plain_sku in (select known_sku from named where known_sku is not null)
                or exists (select from hub.product_variants o where o.workspace_id = p.workspace_id and o.sku = n.plain_sku)
            then hub.derived_sku(stem, n.option_values, true) else n.plain_sku end) as settled_sku
        from named n
    )
    select r.* from settled s cross join lateral jsonb_populate_record(null::hub.product_variants, s.base || s.body || jsonb_build_object(
        'sku', s.settled_sku, 'currency', s.currency, 'option_values', s.option_values,
        'position', case when whole then s.nr else coalesce(s.position, last + s.nr) end,
        'price_minor', hub.exact_minor(s.price, s.currency, format('variants[%s].price', s.nr - 1)),
        'compare_at_price_minor', hub.exact_minor(s.compare_at_price, s.currency, format('variants[%s].compare_at_price', s.nr - 1))
    )) r order by s.nr;
end
$$;

-- Saves variants and touches only rows that change. whole: they are all there is, others go. True when anything changed.
create function hub.save_variants(p hub.products, given jsonb, whole boolean) returns boolean
language plpgsql as $$
declare
    wanted hub.product_variants[];
    gone int := 0;
    changed int;
    made int;
begin
    if whole and exists (select from jsonb_array_elements(given) g where g ? 'id' and not exists (
            select from hub.product_variants v where v.product_id = p.id and v.id = (g ->> 'id')::uuid)) then
        perform hub.refuse('variants.id', 'the product has no such variant; leave id out to add one');
    end if;
    wanted := array(select r from hub.variant_rows(p, given, whole) r);
    if whole then
        delete from hub.product_variants v where v.product_id = p.id and v.id not in (select id from unnest(wanted));
        get diagnostics gone = row_count;
    end if;
    update hub.product_variants v set sku = w.sku, position = w.position, option_values = w.option_values,
        price_minor = w.price_minor, compare_at_price_minor = w.compare_at_price_minor, currency = w.currency,
        inventory = w.inventory, inventory_policy = w.inventory_policy, inventory_tracked = w.inventory_tracked,
        barcode = w.barcode, weight_grams = w.weight_grams, requires_shipping = w.requires_shipping, taxable = w.taxable,
        image_src = w.image_src, updated_at = now()
    from unnest(wanted) w where v.id = w.id and v is distinct from w;
    get diagnostics changed = row_count;
    insert into hub.product_variants
    select w.* from unnest(wanted) w where not exists (select from hub.product_variants v where v.id = w.id);
    get diagnostics made = row_count;
    return gone + changed + made > 0;
end
$$;

-- The envelope that shows a product as the API does, at the version that it has now.
create function hub.product_answer(outcome text, wanted uuid, message text default null) returns text
language sql stable as $$
    select json_build_object('outcome', outcome, 'version', p.version, 'message', message, 'row', row_to_json(p))::text
    from api.products p where p.id = wanted
$$;

-- A product may have 2048 variants, all changed in one statement. The triggers of such a statement must not compare
-- each of them with each other or with every product: the planner takes a transition table for one row.
alter function hub.record_update() set enable_nestloop = off;

create or replace function hub.touch_product() returns trigger
language plpgsql as $$
begin
    update hub.products p set version = p.version + 1
    where p.id = any (array(select distinct product_id from changed));
    return null;
end
$$;

create or replace function hub.touch_product_content() returns trigger
language plpgsql as $$
declare
    ids uuid[];
begin
    if tg_op = 'UPDATE' then
        ids := array(select distinct d.product_id from (
            select n.product_id, to_jsonb(n) - '{inventory,updated_at}'::text[] from changed n
            except
            select o.product_id, to_jsonb(o) - '{inventory,updated_at}'::text[] from before o) d);
        update hub.products p set content_version = p.content_version + 1 where p.id = any (ids);
    else -- variants that come with their product are not a change of it
        ids := array(select distinct product_id from changed);
        update hub.products p set content_version = p.content_version + 1 where p.id = any (ids) and p.created_at <> now();
    end if;
    return null;
end
$$;
