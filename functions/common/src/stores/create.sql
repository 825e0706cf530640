-- a store with its sealed credentials; the answer never carries them
with created as (
    insert into hub.stores (id, workspace_id, user_id, platform, name, credentials, config)
    values (($1 ->> 'id')::uuid, hub.workspace(), hub.user_id(), $1 ->> 'platform', $1 ->> 'name', $1 ->> 'credentials',
            coalesce($1 -> 'config', '{}'))
    returning id, workspace_id, user_id, platform, name, config, status, status_reason, last_synced_at, version, created_at, updated_at,
        last_webhook_at, webhooks, orders_read_until
)
select json_build_object('outcome', 'created', 'row', row_to_json(created),
    'subscription', case when ($1 -> 'subscribe')::boolean then hub.enqueue_subscription(hub.workspace(), created.id) end)::text
from created
