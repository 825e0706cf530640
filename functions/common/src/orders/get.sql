-- one order with the jobs that told its channel what was sent, newest first; never to whom
select (to_jsonb(o) || jsonb_build_object('jobs', coalesce((
    select jsonb_agg(jsonb_build_object('id', j.id, 'status', j.status, 'payload', j.payload - 'order_id',
            'result', j.result, 'error', j.error, 'created_at', j.created_at, 'completed_at', j.completed_at)
        order by j.created_at desc, j.id desc)
    from api.jobs j
    where j.workspace_id = o.workspace_id and j.store_id = o.store_id and j.type = 'process_order'
      and j.payload ->> 'external_order_id' = o.external_id), '[]')))::text
from api.orders o where o.id = ($1 ->> 'id')::uuid
