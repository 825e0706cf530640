-- Orders as the channels have them. Names and addresses of customers are no part of them: what is not kept can't be lost.
create table hub.orders (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    store_id uuid not null,
    external_id text not null check (length(external_id) between 1 and 255),
    number text not null check (length(number) <= 255), -- what people call it
    status text not null check (status in ('pending', 'open', 'partially_fulfilled', 'fulfilled', 'cancelled', 'refunded')),
    channel_status text not null default '',             -- the channel's own word
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    total_minor bigint not null,
    lines jsonb not null default '[]' check (jsonb_typeof(lines) = 'array'),
        -- [{external_id, sku, external_product_id, title, quantity, fulfilled_quantity, price}]
    placed_at timestamptz not null,
    channel_updated_at timestamptz not null, -- of two pictures of an order the later one is right
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint orders_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade,
    constraint orders_tenant_key unique (workspace_id, id),
    constraint orders_external_key unique (store_id, external_id)
);
create index orders_placed on hub.orders (workspace_id, placed_at desc, id desc);
create index orders_status on hub.orders (workspace_id, status, placed_at desc);
create index orders_store_placed on hub.orders (workspace_id, store_id, placed_at desc);
create index jobs_of_orders on hub.jobs (workspace_id, store_id, created_at desc) where type = 'process_order';

alter table hub.orders enable row level security;
alter table hub.orders force row level security;
create policy tenant on hub.orders using (workspace_id = (select hub.workspace()));
grant select on hub.orders to hub_app;
grant select, insert, update on hub.orders to hub_worker;

create trigger touch before update on hub.orders for each row when (old.* is distinct from new.*) execute function hub.touch();
create trigger record_insert after insert on hub.orders referencing new table as new_rows
    for each statement execute function hub.record_insert('order');
create trigger record_update after update on hub.orders referencing old table as old_rows new table as new_rows
    for each statement execute function hub.record_update('order');
create trigger record_delete after delete on hub.orders referencing old table as old_rows
    for each statement execute function hub.record_delete('order');

create view api.orders with (security_invoker = true) as
select id, workspace_id, store_id, external_id, number, status, channel_status, currency,
    hub.money_text(total_minor, currency) as total, total_minor, lines, placed_at, channel_updated_at, version, created_at, updated_at
from hub.orders;
grant select on api.orders to hub_app, hub_worker;

-- Keeps what a channel says of its orders, under the workspace's context; answers how many that changed. An older picture
-- than the one that is there changes nothing, the same one neither. In the order of their ids, as everybody locks them.
--   pictures: [{external_id, number, status, channel_status, currency, total, placed_at, updated_at, lines}]
create function hub.keep_orders(of_store uuid, pictures jsonb) returns int
language plpgsql as $$
declare
    n int;
begin
    insert into hub.orders as known (workspace_id, store_id, external_id, number, status, channel_status, currency, total_minor,
        lines, placed_at, channel_updated_at)
    select distinct on (p.external_id) hub.workspace(), of_store, p.external_id, left(p.number, 255), p.status, p.channel_status,
        p.currency, hub.money_minor(p.total, p.currency), p.lines, p.placed_at, p.updated_at
    from jsonb_to_recordset(pictures) as p (external_id text, number text, status text, channel_status text, currency text, total text,
        placed_at timestamptz, updated_at timestamptz, lines jsonb)
    order by p.external_id, p.updated_at desc
    on conflict (store_id, external_id) do update set number = excluded.number, status = excluded.status,
        channel_status = excluded.channel_status, currency = excluded.currency, total_minor = excluded.total_minor,
        lines = excluded.lines, placed_at = excluded.placed_at, channel_updated_at = excluded.channel_updated_at
    where known.channel_updated_at <= excluded.channel_updated_at
      and (known.number, known.status, known.channel_status, known.currency, known.total_minor, known.lines, known.channel_updated_at)
        is distinct from (excluded.number, excluded.status, excluded.channel_status, excluded.currency, excluded.total_minor,
            excluded.lines, excluded.channel_updated_at);
    get diagnostics n = row_count;
    return n;
end
$$;
revoke execute on function hub.keep_orders(uuid, jsonb) from public;
grant execute on function hub.keep_orders(uuid, jsonb) to hub_worker;

-- As before, without the recipient of an order: the worker alone needs to know who that is.
create or replace view api.jobs with (security_invoker = true) as
select j.id, j.workspace_id, d.user_id, j.type,
    case j.state when 'scheduled' then 'pending' when 'ready' then 'pending' when 'running' then 'running'
        when 'done' then 'completed' when 'dead' then 'failed' else 'cancelled' end as status,
    case when j.state in ('scheduled', 'ready') and l.blocked_until = 'infinity' then (
             select 'its store, which is ' || case s.status when 'error' then 'in error' else s.status end || coalesce(': ' || s.status_reason, '')
             from hub.stores s where s.id = j.store_id)
         when j.state = 'scheduled' then 'its time (scheduled_at)'
         when j.state = 'ready' and l.paused then 'its lane, which is paused'
         when j.state = 'ready' and l.running >= l.max_running then 'its lane, which is full'
         when j.state = 'ready' and l.blocked_until > now() then 'its channel, which asked for a pause until ' || hub.moment(l.blocked_until)
         when j.state = 'ready' and j.listing_id is not null and exists (select from hub.jobs o
             where o.listing_id = j.listing_id and o.state = 'running') then 'the job of its listing that runs'
         when j.state = 'ready' then 'a worker' end as waiting_for,
    j.store_id, j.listing_id, j.approval_id, d.payload - 'recipient' as payload, d.result, d.error, j.attempts, j.max_attempts,
    j.priority, j.cancel_requested, j.run_at as scheduled_at, j.started_at, j.completed_at, j.created_at, d.note
from hub.jobs j
left join hub.job_data d on d.job_id = j.id
left join hub.lanes l on l.id = j.lane_id;

-- Why these lines can't be sent: a SKU that the order has not, or more pieces than are left. Null when they can.
create function hub.lines_issue(o hub.orders, wanted jsonb) returns text
language sql immutable as $$
    select case when h.sku is null then format('SKU %s is not in order %s', w.sku, o.number)
        else format('of SKU %s only %s are left to be sent', w.sku, h.rest) end
    from (select x.sku, sum(x.quantity) as quantity
          from jsonb_to_recordset(wanted) as x (sku text, quantity bigint) group by x.sku) w
    left join (select x.sku, sum(x.quantity - x.fulfilled_quantity) as rest
          from jsonb_to_recordset(o.lines) as x (sku text, quantity bigint, fulfilled_quantity bigint)
          where x.sku is not null group by x.sku) h on h.sku = w.sku
    where h.sku is null or h.rest < w.quantity
    order by w.sku limit 1
$$;

-- POST /orders/{id}/fulfil, under hub.run: a job that tells the channel. Asked twice for the same while that is still to be
-- done, it is the same job.
--   args: {id, payload: {lines?, tracking?, notify_customer?, recipient?}, channels: as hub.create_job takes it}
create function hub.fulfil_order(args jsonb) returns text
language plpgsql as $$
declare
    o hub.orders;
    wanted jsonb := coalesce(args -> 'payload', '{}');
    issue text;
begin
    select * into o from hub.orders where id = (args ->> 'id')::uuid;
    if o.id is null then
        return '{"outcome": "not_found"}';
    elsif o.status in ('fulfilled', 'cancelled', 'refunded') then
        return jsonb_build_object('outcome', 'conflict', 'message', format(
            'Order %s is %s on its channel (%s): there is nothing left to be sent.', o.number, o.status, o.channel_status),
            'row', (select to_jsonb(a) from api.orders a where a.id = o.id))::text;
    end if;
    issue := hub.lines_issue(o, coalesce(wanted -> 'lines', '[]'));
    if issue is not null then
        return jsonb_build_object('outcome', 'invalid', 'field', 'lines', 'issue', issue)::text;
    end if;
    return hub.create_job(jsonb_build_object('type', 'process_order', 'store_id', o.store_id, 'channels', args -> 'channels',
        'payload', wanted || jsonb_build_object('external_order_id', o.external_id, 'order_id', o.id),
        'unique_key', 'order:' || o.id || ':' || md5(wanted::text)));
end
$$;
revoke execute on function hub.fulfil_order(jsonb) from public;
grant execute on function hub.fulfil_order(jsonb) to hub_app;
