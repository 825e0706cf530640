-- changes a listing that no channel shows; what a channel shows is changed by approval only
with target as (
    select id, workspace_id, user_id, product_id, store_id, external_id, hub.money_text(price_minor, currency) as price, currency,
        price_minor, inventory, status, platform_data, synced_at, version, created_at, updated_at, status_reason,
        coalesce(($1 ->> 'price')::numeric, 0) as wanted_price
    from hub.listings where id = ($1 ->> 'id')::uuid for update
), changed as (
    update hub.listings l set
        price_minor = coalesce(hub.money_minor($1 ->> 'price', l.currency), l.price_minor),
        inventory = coalesce(($1 ->> 'inventory')::int, l.inventory)
    from target t
    where l.id = t.id and t.external_id is null and t.status <> 'submitted'
      and round(t.wanted_price, hub.exponent(t.currency)) = t.wanted_price
      and ($1 ->> 'if_match' is null or t.version = ($1 ->> 'if_match')::int)
    returning l.id, l.workspace_id, l.user_id, l.product_id, l.store_id, l.external_id, hub.money_text(l.price_minor, l.currency) as price,
        l.currency, l.price_minor, l.inventory, l.status, l.platform_data, l.synced_at, l.version, l.created_at, l.updated_at, l.status_reason
)
select (jsonb_build_object('outcome', case
        when t.id is null then 'not_found'
        when c.id is not null then 'ok'
        when $1 ->> 'if_match' is not null and t.version <> ($1 ->> 'if_match')::int then 'stale'
        when round(t.wanted_price, hub.exponent(t.currency)) <> t.wanted_price then 'invalid'
        else 'conflict' end)
    || case
        when t.id is null then '{}'
        when c.id is not null then jsonb_build_object('row', to_jsonb(c))
        when round(t.wanted_price, hub.exponent(t.currency)) <> t.wanted_price
            then jsonb_build_object('field', 'price', 'issue', 'has more decimals than ' || t.currency || ' takes')
        else jsonb_build_object('row', to_jsonb(t) - 'wanted_price', 'message',
            'The channel shows this listing, or is about to. Ask for the change with POST /approvals '
            '{"resource_type": "listing", "resource_id": "' || t.id || '", "action": "update", "payload": {…}}.') end)::text
from (values (1)) one left join target t on true left join changed c on true
