-- a draft listing: nothing reaches the channel before its publication is approved
with wanted as (
    select ($1 ->> 'product_id')::uuid as product_id, ($1 ->> 'store_id')::uuid as store_id, ($1 ->> 'price')::numeric as price,
        coalesce($1 ->> 'currency', s.config ->> 'currency', w.currency) as currency
    from hub.workspaces w left join hub.stores s on s.id = ($1 ->> 'store_id')::uuid
    where w.id = hub.workspace()
), created as (
    insert into hub.listings (workspace_id, user_id, product_id, store_id, price_minor, currency, inventory)
    select hub.workspace(), hub.user_id(), product_id, store_id, hub.money_minor(price::text, currency), currency,
        coalesce(($1 ->> 'inventory')::int, 0)
    from wanted where round(price, hub.exponent(currency)) = price
    returning id, workspace_id, user_id, product_id, store_id, external_id, hub.money_text(price_minor, currency) as price, currency,
        price_minor, inventory, status, platform_data, synced_at, version, created_at, updated_at, status_reason
)
select (jsonb_strip_nulls(jsonb_build_object(
        'outcome', case when c.id is null then 'invalid' else 'created' end,
        'field', case when c.id is null then 'price' end,
        'issue', case when c.id is null then 'has more decimals than ' || w.currency || ' takes' end))
    || case when c.id is null then '{}' else jsonb_build_object('row', to_jsonb(c)) end)::text
from wanted w left join created c on true
