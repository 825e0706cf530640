-- removes a listing that no channel shows; withdrawing one that a channel shows takes an approval
with target as (
    select l.id, l.external_id, l.status, l.version,
        exists (select from hub.approvals a where a.workspace_id = l.workspace_id and a.resource_type = 'listing'
            and a.resource_id = l.id and a.status = 'pending') as asked_for
    from hub.listings l where l.id = ($1 ->> 'id')::uuid for update
), deleted as (
    delete from hub.listings l using target t
    where l.id = t.id and t.external_id is null and t.status <> 'submitted' and not t.asked_for
      and ($1 ->> 'if_match' is null or t.version = ($1 ->> 'if_match')::int)
    returning l.id
)
select json_strip_nulls(json_build_object(
    'outcome', case when t.id is null then 'not_found' when d.id is not null then 'deleted'
        when $1 ->> 'if_match' is not null and t.version <> ($1 ->> 'if_match')::int then 'stale' else 'conflict' end,
    'version', t.version,
    'message', case
        when t.external_id is not null or t.status = 'submitted' then
            'The channel shows this listing, or is about to. Ask for its withdrawal with POST /approvals '
            '{"resource_type": "listing", "resource_id": "' || t.id || '", "action": "delete"}.'
        when t.asked_for then 'A request about this listing is pending. Have it decided first.' end))::text
from (values (1)) one left join target t on true left join deleted d on true
