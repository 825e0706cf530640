-- a key with its sealed secret; the answer never carries it
with created as (
    insert into hub.webhook_keys (id, workspace_id, user_id, name, secret, expires_at)
    values (($1 ->> 'id')::uuid, hub.workspace(), hub.user_id(), $1 ->> 'name', $1 ->> 'secret', ($1 ->> 'expires_at')::timestamptz)
    returning id, workspace_id, user_id, name, 'active' as status, previous_until, expires_at, revoked_at, last_used_at, version,
        created_at, updated_at
)
select json_build_object('outcome', 'created', 'row', row_to_json(created))::text from created
