-- What an approval is about is a resource's content. Its version (the ETag) also moves with bookkeeping: a status, a
-- synchronisation, stock sold. That must not refuse a decision, so content has a version of its own.
alter table hub.listings add column content_version int not null default 1;
alter table hub.products add column content_version int not null default 1;

create function hub.touch_content() returns trigger
language plpgsql as $$
begin
    new.content_version := old.content_version + 1;
    return new;
end
$$;
create trigger touch_content before update on hub.listings for each row
    when ((old.product_id, old.store_id, old.price_minor, old.currency, old.inventory)
        is distinct from (new.product_id, new.store_id, new.price_minor, new.currency, new.inventory))
    execute function hub.touch_content();
create trigger touch_content before update on hub.products for each row
    when ((old.handle, old.sku, old.title, old.description, old.vendor, old.product_type, old.images, old.options, old.tags, old.seo)
        is distinct from (new.handle, new.sku, new.title, new.description, new.vendor, new.product_type, new.images, new.options,
            new.tags, new.seo))
    execute function hub.touch_content();

-- A product's variants are part of its content, except for their stock, which sells while a request waits.
create function hub.touch_product_content() returns trigger
language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        update hub.products p set content_version = p.content_version + 1
        where p.id in (select n.product_id from changed n join before o using (id)
            where to_jsonb(n) - '{inventory,updated_at}'::text[] <> to_jsonb(o) - '{inventory,updated_at}'::text[]);
    else -- variants that come with their product are not a change of it
        update hub.products p set content_version = p.content_version + 1
        where p.id in (select product_id from changed) and p.created_at <> now();
    end if;
    return null;
end
$$;
create trigger touch_content_update after update on hub.product_variants
    referencing old table as before new table as changed for each statement execute function hub.touch_product_content();
create trigger touch_content_insert after insert on hub.product_variants
    referencing new table as changed for each statement execute function hub.touch_product_content();
create trigger touch_content_delete after delete on hub.product_variants
    referencing old table as changed for each statement execute function hub.touch_product_content();

-- As before, with content_version among the bookkeeping fields.
create or replace function hub.difference(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, case when key in ('credentials')
            then '{"from": "[redacted]", "to": "[redacted]"}'::jsonb
            else jsonb_build_object('from', before -> key, 'to', after -> key) end), '{}')
    from (select jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as key) keys
    where before -> key is distinct from after -> key
      and coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')
      and key not in ('id', 'workspace_id', 'created_at', 'updated_at', 'version', 'content_version')
$$;
