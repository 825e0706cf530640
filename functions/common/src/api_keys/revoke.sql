-- revokes a key at once; that it was there stays
with target as (
    select id, version from hub.api_keys where id = ($1 ->> 'id')::uuid for no key update
), changed as (
    update hub.api_keys k set revoked_at = coalesce(k.revoked_at, now()), previous_hash = null, previous_until = null
    from target t where k.id = t.id and ($1 ->> 'if_match' is null or t.version = ($1 ->> 'if_match')::int)
    returning k.id
)
select json_strip_nulls(json_build_object(
    'outcome', case when t.id is null then 'not_found' when c.id is null then 'stale' else 'deleted' end, 'version', t.version))::text
from (values (1)) one left join target t on true left join changed c on true
