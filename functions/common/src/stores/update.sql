-- changes a store's own fields; the lock comes first, so that If-Match decides on the row that is changed
with target as (
    select id, workspace_id, user_id, platform, name, config, status, status_reason, last_synced_at, version, created_at, updated_at,
        last_webhook_at, webhooks, orders_read_until
    from hub.stores where id = ($1 ->> 'id')::uuid for update
), changed as (
    update hub.stores s set
        name = coalesce($1 ->> 'name', s.name),
        config = coalesce($1 -> 'config', s.config),
        credentials = coalesce($1 ->> 'credentials', s.credentials),
        -- how long new credentials are good for is not known yet
        token_expires_at = case when $1 ? 'credentials' then null else s.token_expires_at end,
        token_lifetime_s = case when $1 ? 'credentials' then null else s.token_lifetime_s end,
        -- notifications may be signed with the old secret for a while (V0040)
        previous_credentials = case when $1 ? 'credentials' then s.credentials else s.previous_credentials end,
        previous_until = case when $1 ? 'credentials' then now() + interval '24 hours' else s.previous_until end,
        -- new credentials are a new chance for a store that was refused
        status = coalesce($1 ->> 'status', case when $1 ? 'credentials' then 'active' end, s.status),
        status_reason = case
            when $1 ->> 'status' = 'disconnected' then 'disconnected by a member'
            when $1 ? 'credentials' or $1 ? 'status' then null
            else s.status_reason end
    from target t
    where s.id = t.id and ($1 ->> 'if_match' is null or t.version = ($1 ->> 'if_match')::int)
    returning s.id, s.workspace_id, s.user_id, s.platform, s.name, s.config, s.status, s.status_reason, s.last_synced_at, s.version,
        s.created_at, s.updated_at, s.last_webhook_at, s.webhooks, s.orders_read_until
)
select json_build_object(
    'outcome', case when t.id is null then 'not_found' when c.id is null then 'stale' else 'ok' end,
    'row', coalesce(row_to_json(c), row_to_json(t)),
    'subscription', case when ($1 -> 'subscribe')::boolean and c.status = 'active' then hub.enqueue_subscription(c.workspace_id, c.id) end)::text
from (values (1)) one left join target t on true left join changed c on true
