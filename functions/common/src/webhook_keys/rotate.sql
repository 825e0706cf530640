-- gives a key a new secret; the old one stays good for a day, so that the sender has time to change over
with target as (
    select id, version, revoked_at from hub.webhook_keys where id = ($1 ->> 'id')::uuid for update
), changed as (
    update hub.webhook_keys k set previous_secret = k.secret, previous_until = now() + interval '24 hours', secret = $1 ->> 'secret'
    from target t where k.id = t.id and t.revoked_at is null
    returning k.id, k.workspace_id, k.user_id, k.name, case when k.expires_at <= now() then 'expired' else 'active' end as status,
        k.previous_until, k.expires_at, k.revoked_at, k.last_used_at, k.version, k.created_at, k.updated_at
)
select json_strip_nulls(json_build_object(
    'outcome', case when t.id is null then 'not_found' when c.id is null then 'conflict' else 'ok' end,
    'message', case when t.id is not null and c.id is null then 'The key is revoked. Make a new one with POST /webhook-keys.' end,
    'row', case when c.id is not null then row_to_json(c) end))::text
from (values (1)) one left join target t on true left join changed c on true
