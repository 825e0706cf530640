-- What a channel can't do is refused when it is asked for; what it does by other means is told where it is decided.
-- Which channel can do what is not data: the functions pass it from their plugins with the request that needs it, as
--   channels: {platform: {operation: {level: native|workaround|unsupported, reason}}}; without it nothing is refused

alter table hub.approvals add column notes jsonb not null default '[]' check (jsonb_typeof(notes) = 'array');
alter table hub.approvals add column preview jsonb check (jsonb_typeof(preview) = 'object');
comment on column hub.approvals.notes is '[{platform, store_id, listing_id, operation, level, reason}]: what will be done by other means';
comment on column hub.approvals.preview is '{status: pending|passed|refused|unavailable, issues, listings: [{listing_id, store_id, platform, status, issues, error?}]}';
alter table hub.job_data add column note text; -- by which other means it will be done

-- The capability that a job type needs; null for what reaches no channel.
create function hub.operation_of(job_type text) returns text
language sql immutable parallel safe as $$
    select case job_type
        when 'publish_listing' then 'create_product'
        when 'update_listing' then 'update_product'
        when 'delete_listing' then 'delete_product'
        when 'preview_listing' then 'preview_product'
        when 'check_listing' then 'check_product'
        when 'subscribe_webhooks' then 'webhooks'
        when 'process_webhook' then 'webhooks'
        when 'sync_inventory' then job_type
        when 'process_order' then job_type
        when 'list_products' then job_type
        when 'read_orders' then job_type
        when 'authenticate' then job_type
    end
$$;

-- The capabilities that an approved action needs of a listing's channel.
create function hub.needed_operations(action text, payload jsonb) returns text[]
language sql immutable parallel safe as $$
    select case action
        when 'publish' then '{create_product}'
        when 'delete' then '{delete_product}'
        when 'update' then case when payload ? 'inventory' then '{update_product,sync_inventory}' else '{update_product}' end
    end::text[]
$$;

-- {level, reason} of one operation on one platform; null when no truth was passed or no channel is needed.
create function hub.capability(channels jsonb, platform text, operation text) returns jsonb
language sql immutable parallel safe as $$
    select case
        when operation is null or jsonb_typeof(channels) is distinct from 'object' then null
        when not channels ? platform then jsonb_build_object('level', 'unsupported', 'reason', 'there is no plugin for this platform')
        else coalesce(channels -> platform -> operation, '{"level": "unsupported", "reason": "the plugin does not list it"}')
    end
$$;

-- Why a job of this type can't be done on a store's channel, as an outcome; null when it can.
create function hub.channel_refusal(channels jsonb, store uuid, job_type text) returns jsonb
language plpgsql stable as $$
declare
    s record;
    capability jsonb;
begin
    select st.name, st.platform into s from hub.stores st where st.id = store;
    capability := hub.capability(channels, s.platform, hub.operation_of(job_type));
    if capability ->> 'level' = 'unsupported' then
        return jsonb_build_object('outcome', 'conflict', 'field', 'type', 'issue', capability ->> 'reason', 'message', format(
            'The store "%s" is on %s, which can''t do %s: %s. GET /platforms/%s says what it can.',
            s.name, s.platform, hub.operation_of(job_type), capability ->> 'reason', s.platform));
    end if;
    return null;
end
$$;

-- The listings that an action on a listing or a product reaches.
create function hub.reached_listings(kind text, wanted uuid, action text) returns setof hub.listings
language plpgsql stable rows 5 as $$
begin
    if kind = 'listing' then
        return query select * from hub.listings l where l.id = wanted;
    else
        return query select * from hub.product_listings(wanted, action);
    end if;
end
$$;

-- What the channels of the reached listings do by other means, or not at all.
create function hub.channel_notes(kind text, wanted uuid, action text, payload jsonb, channels jsonb) returns jsonb
language plpgsql stable as $$
begin
    return coalesce((
        select jsonb_agg(jsonb_build_object('platform', s.platform, 'store_id', s.id, 'listing_id', l.id, 'operation', o.name,
            'level', c.capability ->> 'level', 'reason', c.capability ->> 'reason') order by l.id, o.name)
        from hub.reached_listings(kind, wanted, action) l
        join hub.stores s on s.id = l.store_id
        cross join unnest(hub.needed_operations(action, payload)) as o (name)
        cross join lateral (select hub.capability(channels, s.platform, o.name)) as c (capability)
        where c.capability ->> 'level' <> 'native'), '[]');
end
$$;

-- The first of these notes that is a no, as an outcome.
create function hub.notes_refusal(kind text, notes jsonb) returns jsonb
language plpgsql stable as $$
declare
    no jsonb := jsonb_path_query_first(notes, '$[*] ? (@.level == "unsupported")');
    advice text := case when no ->> 'operation' = 'sync_inventory' then ' Leave payload.inventory out to change the rest.'
        when kind = 'product' then ' Ask for the product''s other listings one by one.' else '' end;
begin
    if no is null then
        return null;
    end if;
    return jsonb_build_object('outcome', 'conflict', 'issue', no ->> 'reason',
        'field', case when no ->> 'operation' = 'sync_inventory' then 'payload.inventory' else 'action' end,
        'message', format('The store "%s" of listing %s is on %s, which can''t do %s: %s.%s',
            (select s.name from hub.stores s where s.id = (no ->> 'store_id')::uuid), no ->> 'listing_id', no ->> 'platform',
            no ->> 'operation', no ->> 'reason', advice));
end
$$;

-- One price or one stock can't be asked for where each variant has its own: the channel would show something else than was
-- approved. Null, or the refusal as an outcome.
create function hub.variants_refusal(listing uuid, payload jsonb) returns jsonb
language plpgsql stable as $$
declare
    variants int;
    priced int;
begin
    if not payload ?| '{price,inventory}' then
        return null;
    end if;
    select count(*), count(v.price_minor) into variants, priced
    from hub.listings l join hub.product_variants v on v.product_id = l.product_id where l.id = listing;
    if variants > 1 and payload ? 'inventory' then
        return jsonb_build_object('outcome', 'invalid', 'field', 'payload.inventory', 'issue',
            'is one number for several variants: set the variants'' stock with PATCH /products, then queue a sync_inventory job');
    elsif variants > 1 and priced > 0 and payload ? 'price' then
        return jsonb_build_object('outcome', 'invalid', 'field', 'payload.price', 'issue',
            'is one price for variants that have their own: change those with PATCH /products, then ask for the update without a price');
    end if;
    return null;
end
$$;

-- POST /jobs: a job that needs no approval. Answers the outcome envelope with the job as the API shows it.
--   args: {type, payload, store_id?, listing_id?, priority?, run_at?, max_attempts?, unique_key?, channels?}
create or replace function hub.create_job(args jsonb) returns text
language plpgsql as $$
declare
    wanted jsonb := args - 'channels';
    of_listing uuid;
    platform text;
    refusal jsonb;
    capability jsonb;
    created uuid;
begin
    if args ? 'listing_id' then
        select store_id into of_listing from hub.listings where id = (args ->> 'listing_id')::uuid;
        if of_listing is null then
            return jsonb_build_object('outcome', 'invalid', 'field', 'listing_id', 'issue', 'there is no such listing');
        end if;
        if of_listing is distinct from coalesce((args ->> 'store_id')::uuid, of_listing) then
            return jsonb_build_object('outcome', 'invalid', 'field', 'store_id', 'issue', 'is not the store of the listing');
        end if;
        wanted := wanted || jsonb_build_object('store_id', of_listing);
    end if;
    if wanted ? 'store_id' then
        select s.platform into platform from hub.stores s where s.id = (wanted ->> 'store_id')::uuid;
        if platform is null then
            return jsonb_build_object('outcome', 'invalid', 'field', 'store_id', 'issue', 'there is no such store');
        end if;
        refusal := coalesce(hub.channel_refusal(args -> 'channels', (wanted ->> 'store_id')::uuid, args ->> 'type'),
            hub.variants_refusal((args ->> 'listing_id')::uuid, coalesce(args -> 'payload', '{}')));
        if refusal is not null then
            return refusal::text;
        end if;
        capability := hub.capability(args -> 'channels', platform, hub.operation_of(args ->> 'type'));
    end if;
    if args ->> 'type' = 'authenticate' then -- goes on while a store that is not connected holds its other jobs back
        wanted := wanted || '{"queue": "auth"}';
    end if;
    created := hub.enqueue(wanted);
    if capability ->> 'level' = 'workaround' then
        update hub.job_data set note = capability ->> 'reason' where job_id = created and note is null;
    end if;
    return (select jsonb_build_object('outcome', case when j.created_at = now() then 'created' else 'ok' end, 'row', to_jsonb(j))
            from api.jobs j where j.id = created);
end
$$;
