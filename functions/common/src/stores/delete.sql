-- removes a store that nothing hangs on; one with a history is disconnected instead
with target as (
    select id, version,
        exists (select from hub.listings l where l.store_id = s.id) as has_listings,
        exists (select from hub.jobs j where j.workspace_id = s.workspace_id and j.store_id = s.id
            and j.type not in ('subscribe_webhooks', 'authenticate', 'read_orders')) as has_jobs -- those come by themselves
    from hub.stores s where id = ($1 ->> 'id')::uuid for update
), deleted as (
    delete from hub.stores s using target t
    where s.id = t.id and not t.has_listings and not t.has_jobs
      and ($1 ->> 'if_match' is null or t.version = ($1 ->> 'if_match')::int)
    returning s.id
)
select json_strip_nulls(json_build_object(
    'outcome', case when t.id is null then 'not_found' when d.id is not null then 'deleted'
        when $1 ->> 'if_match' is not null and t.version <> ($1 ->> 'if_match')::int then 'stale' else 'conflict' end,
    'version', t.version,
    'message', case
        when t.has_listings then 'The store has listings. Withdraw and delete them first, or disconnect the store with PATCH {"status": "disconnected"}.'
        when t.has_jobs then 'The store has a history of jobs. Disconnect it with PATCH {"status": "disconnected"}.' end))::text
from (values (1)) one left join target t on true left join deleted d on true
