-- How a channel shows a product, onto the listing: at once, later (a check asks again), or not at all and why.
alter table hub.listings
    add column status_reason text check (length(status_reason) <= 2000),
    add column seen_at timestamptz; -- when our picture of the channel was taken: an older one changes nothing any more

create or replace view api.listings with (security_invoker = true) as
select id, workspace_id, user_id, product_id, store_id, external_id, hub.money_text(price_minor, currency) as price, currency,
    price_minor, inventory, status, platform_data, synced_at, version, created_at, updated_at, status_reason
from hub.listings;

-- Stock that a channel sold is not a change of what was asked for: requests that wait stay valid.
drop trigger touch_content on hub.listings;
create trigger touch_content before update on hub.listings for each row
    when ((old.product_id, old.store_id, old.price_minor, old.currency) is distinct from
            (new.product_id, new.store_id, new.price_minor, new.currency)
        or (old.inventory is distinct from new.inventory and hub.setting('hub.reason') is distinct from 'webhook'))
    execute function hub.touch_content();

-- As before, with seen_at and the store's bookkeeping among the fields that say nothing.
create or replace function hub.difference(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, case when key in ('credentials', 'previous_credentials', 'secret', 'previous_secret')
            then '{"from": "[redacted]", "to": "[redacted]"}'::jsonb
            else jsonb_build_object('from', before -> key, 'to', after -> key) end), '{}')
    from (select jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as key) keys
    where before -> key is distinct from after -> key
      and coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')
      and key not in ('id', 'workspace_id', 'created_at', 'updated_at', 'version', 'content_version', 'last_webhook_at', 'last_used_at',
          'seen_at', 'webhooks', 'orders_read_until', 'orders_asked_at', 'credentials_at')
$$;

-- For sale: with stock, or with variants that each have their own.
create function hub.shown_status(l hub.listings) returns text
language plpgsql stable as $$
begin
    return case when l.inventory > 0 or (select count(*) > 1 from hub.product_variants v where v.product_id = l.product_id)
        then 'active' else 'out_of_stock' end;
end
$$;

-- What the channel has against a product, in one line: its errors, or else its warnings.
create function hub.issue_text(issues jsonb) returns text
language sql immutable as $$
    select left(string_agg(coalesce(i.field || ': ', '') || i.message, '; ' order by i.ordinal), 2000)
    from rows from (jsonb_to_recordset(issues) as (severity text, message text, field text))
        with ordinality as i (severity, message, field, ordinal)
    where i.severity = case when issues @> '[{"severity": "error"}]' then 'error' else 'warning' end
$$;

-- A listing as it is when the channel says this of it; nothing is written.
--   seen: {presence?: live|pending|refused|inactive|out_of_stock|gone, issues?: [{severity, code, message, field?}]}
--   pending_is: the status of a listing whose fate is open; null leaves it
create function hub.seen_as(l hub.listings, seen jsonb, pending_is text) returns hub.listings
language plpgsql stable as $$
declare
    presence text := seen ->> 'presence';
    issues jsonb := coalesce(nullif(seen -> 'issues', 'null'), '[]');
    reason text := hub.issue_text(issues);
begin
    l.platform_data := l.platform_data - 'issues'
        || case when issues = '[]' then '{}' else jsonb_build_object('issues', issues) end;
    if presence in ('live', 'out_of_stock') and l.external_id is not null then
        l.status := case presence when 'live' then hub.shown_status(l) else 'out_of_stock' end;
        l.status_reason := reason;
    elsif presence = 'pending' then
        l.status := coalesce(pending_is, l.status);
        l.status_reason := coalesce(reason,
            case when l.status = 'submitted' then 'The channel has taken it in and not yet decided.' end);
    elsif presence = 'refused' then
        l.status := case when l.external_id is null then 'draft' else 'inactive' end;
        l.status_reason := coalesce(reason, 'The channel does not show it and gives no reason.');
    elsif presence = 'inactive' then
        l.status := 'inactive';
        l.status_reason := coalesce(reason, 'The channel has it, but not for sale.');
    elsif presence = 'gone' then
        l.external_id := null;
        l.platform_data := '{}'; -- what was remembered of it leads nowhere now
        l.status := 'inactive';
        l.status_reason := 'The channel does not have it any more.';
    end if;
    return l;
end
$$;

-- Writes a locked listing back, in one change, and lets its product follow: one that a channel shows is published,
-- one that none has any more is staged again.
create function hub.keep_listing(l hub.listings) returns void
language plpgsql as $$
begin
    update hub.listings set external_id = l.external_id, price_minor = l.price_minor, inventory = l.inventory, status = l.status,
        status_reason = l.status_reason, platform_data = l.platform_data, seen_at = l.seen_at, synced_at = now()
    where id = l.id;
    if l.status in ('active', 'out_of_stock') then
        update hub.products set status = 'published' where id = l.product_id and status <> 'published';
    elsif l.external_id is null then
        update hub.products set status = 'staged'
        where id = l.product_id and status = 'published'
          and not exists (select from hub.listings o where o.product_id = l.product_id and o.external_id is not null);
    end if;
end
$$;

-- A listing, locked after its product, as everybody does.
create function hub.locked_listing(wanted uuid) returns hub.listings
language plpgsql as $$
declare
    l hub.listings;
begin
    perform from hub.products p where p.id = (select product_id from hub.listings where id = wanted) for no key update;
    select * into l from hub.listings where id = wanted for no key update;
    return l;
end
$$;

-- Has the channel asked again how it shows a listing, soon. A check that waits already is brought forward.
create function hub.check_soon(l hub.listings) returns void
language plpgsql as $$
declare
    soon timestamptz := now() + interval '1 minute';
    found_id uuid;
begin
    found_id := hub.enqueue(jsonb_build_object('type', 'check_listing', 'workspace_id', l.workspace_id, 'store_id', l.store_id,
        'listing_id', l.id, 'unique_key', 'check:' || l.id, 'run_at', soon));
    update hub.jobs set run_at = soon, rank = hub.rank_at(soon, priority)
    where id = found_id and state = 'scheduled' and run_at > soon;
end
$$;

-- How the channel shows a product after a job that says nothing of it: at once and as asked. Null leaves it as it is.
create function hub.presumed(job_type text, l hub.listings, asked jsonb) returns text
language sql immutable as $$
    select case
        when job_type in ('publish_listing', 'update_listing') and asked ->> 'status' in ('draft', 'archived') then 'inactive'
        when job_type = 'publish_listing' then 'live'
        when job_type = 'update_listing' and (asked ->> 'status' = 'active' or l.status <> 'inactive') then 'live'
        when job_type = 'sync_inventory' and l.status in ('active', 'out_of_stock') then 'live'
    end
$$;

-- What a completed job did on the channel, onto its listing and the product.
create or replace function hub.apply_to_listing(j hub.jobs, asked jsonb, effect jsonb) returns void
language plpgsql as $$
declare
    l hub.listings;
    remembered jsonb := coalesce(nullif(effect -> 'platform_data', 'null'), '{}');
    presence text;
begin
    if j.type not in ('publish_listing', 'update_listing', 'delete_listing', 'sync_inventory', 'check_listing') then
        return;
    end if;
    perform set_config('hub.reason', j.type, true);
    l := hub.locked_listing(j.listing_id);
    if j.type = 'check_listing' and l.seen_at > j.started_at then
        return; -- a notification brought a later picture meanwhile
    end if;
    l.seen_at := case when j.type = 'check_listing' then j.started_at else clock_timestamp() end;
    if j.type = 'delete_listing' then
        l := hub.seen_as(l, '{"presence": "gone"}', null);
        l.status_reason := null;
        l.platform_data := remembered;
        perform hub.keep_listing(l);
        return;
    end if;
    presence := coalesce(effect ->> 'presence', hub.presumed(j.type, l, asked));
    if j.type = 'publish_listing' then
        l.external_id := effect ->> 'external_id';
    elsif j.type = 'update_listing' then
        l.price_minor := coalesce(hub.money_minor(asked ->> 'price', l.currency), l.price_minor);
    end if;
    l.inventory := coalesce((asked ->> 'inventory')::int, l.inventory);
    l.platform_data := l.platform_data || remembered;
    l := hub.seen_as(l, jsonb_build_object('presence', presence, 'issues', effect -> 'issues'),
        case when j.type in ('publish_listing', 'update_listing') then 'submitted' end);
    perform hub.keep_listing(l);
    if presence = 'pending' and j.type <> 'check_listing' then
        perform hub.check_soon(l);
    end if;
end
$$;

-- What a notification made us look at, onto the listing that shows it. Answers whether there is one.
--   seen: {external_id, presence?, issues?, inventory?}; taken_at: the picture is not older than this
create function hub.apply_seen(of_store uuid, seen jsonb, taken_at timestamptz) returns boolean
language plpgsql as $$
declare
    l hub.listings;
begin
    perform set_config('hub.reason', 'webhook', true);
    l := hub.locked_listing((select id from hub.listings where store_id = of_store and external_id = seen ->> 'external_id'));
    if l.id is null then
        return false;
    elsif l.external_id is distinct from seen ->> 'external_id' or l.seen_at > taken_at then
        return true; -- older than our own last write or than a later picture, which stand
    end if;
    l.inventory := coalesce((seen ->> 'inventory')::int, l.inventory);
    l.seen_at := taken_at;
    perform hub.keep_listing(hub.seen_as(l, seen, null));
    return true;
end
$$;
