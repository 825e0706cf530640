-- What the API shows. security_invoker: row level security of the caller holds inside (Postgres 15).
create view api.stores with (security_invoker = true) as
select id, workspace_id, user_id, platform, name, config, status, status_reason, last_synced_at, version, created_at, updated_at
from hub.stores;

create view api.products with (security_invoker = true) as
select p.id, p.workspace_id, p.user_id, p.handle, p.sku, p.title, p.description, p.vendor, p.product_type, p.images, p.options,
    coalesce((select jsonb_agg(jsonb_build_object('id', v.id, 'sku', v.sku, 'position', v.position, 'option_values', v.option_values,
            'price', hub.money_text(v.price_minor, v.currency), 'compare_at_price', hub.money_text(v.compare_at_price_minor, v.currency),
            'currency', v.currency, 'inventory', v.inventory, 'inventory_policy', v.inventory_policy,
            'inventory_tracked', v.inventory_tracked, 'barcode', v.barcode, 'weight_grams', v.weight_grams,
            'requires_shipping', v.requires_shipping, 'taxable', v.taxable, 'image_src', v.image_src) order by v.position, v.id)
        from hub.product_variants v where v.product_id = p.id), '[]') as variants,
    p.tags, p.seo, p.status, p.version, p.created_at, p.updated_at
from hub.products p;

create view api.listings with (security_invoker = true) as
select id, workspace_id, user_id, product_id, store_id, external_id, hub.money_text(price_minor, currency) as price, currency,
    price_minor, inventory, status, platform_data, synced_at, version, created_at, updated_at
from hub.listings;

create view api.approvals with (security_invoker = true) as
select a.id, a.workspace_id, a.user_id, a.resource_type, a.resource_id, a.action, a.payload,
    a.status, a.reviewed_by, a.reviewed_at, a.comments, a.review_comments, a.expires_at,
    coalesce((select jsonb_agg(j.id order by j.id) from hub.jobs j where j.approval_id = a.id), '[]') as job_ids,
    a.version, a.created_at, a.updated_at
from hub.approvals a;

create view api.approval_history with (security_invoker = true) as
select id, approval_id, user_id, from_status, to_status, comments, created_at from hub.approval_history;

create view api.jobs with (security_invoker = true) as
select j.id, j.workspace_id, d.user_id, j.type,
    case j.state when 'scheduled' then 'pending' when 'ready' then 'pending' when 'running' then 'running'
        when 'done' then 'completed' when 'dead' then 'failed' else 'cancelled' end as status,
    case when j.state = 'scheduled' then 'its time (scheduled_at)'
         when j.state = 'ready' and l.paused then 'its lane, which is paused'
         when j.state = 'ready' and l.running >= l.max_running then 'its lane, which is full'
         when j.state = 'ready' then 'a worker' end as waiting_for,
    j.store_id, j.listing_id, j.approval_id, d.payload, d.result, d.error, j.attempts, j.max_attempts, j.priority,
    j.cancel_requested, j.run_at as scheduled_at, j.started_at, j.completed_at, j.created_at
from hub.jobs j
left join hub.job_data d on d.job_id = j.id
left join hub.lanes l on l.id = j.lane_id;

create view api.job_logs with (security_invoker = true) as
select id, job_id, attempt, event, message, data, created_at from hub.job_logs;

create view api.audit_logs with (security_invoker = true) as
select id, workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id,
    host(ip_address) as ip_address, user_agent, created_at
from hub.audit_logs;

create view api.inventory_logs with (security_invoker = true) as
select id, workspace_id, product_id, variant_id, listing_id, quantity_before, quantity_after, reason, user_id, request_id, created_at
from hub.inventory_logs;

create view api.sync_logs with (security_invoker = true) as
select id, workspace_id, store_id, job_id, operation, status, detail, created_at from hub.sync_logs;

grant select on all tables in schema api to hub_app, hub_worker;
