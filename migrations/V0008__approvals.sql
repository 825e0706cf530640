-- Asking for what would reach a channel, and deciding it. What counts as a change in between: content_version (V0011).

-- A moment as messages show it.
create function hub.moment(at timestamptz) returns text
language sql stable parallel safe as $$
    select to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- The listing that an action would reach: does it fit the listing's state? Null, or what stands in the way.
create function hub.listing_obstacle(l hub.listings, action text) returns text
language plpgsql stable as $$
declare
    store record;
begin
    select s.name, s.status, s.status_reason into store from hub.stores s where s.id = l.store_id;
    if store.status is distinct from 'active' then
        return format('The store "%s" is not connected (%s). Repair it with PATCH /stores/%s, then ask again.',
            store.name, coalesce(store.status_reason, store.status), l.store_id);
    elsif action = 'publish' and l.external_id is not null then
        return format('Listing %s is published already. Ask for the action "update" instead.', l.id);
    elsif action = 'publish' and l.status = 'submitted' then
        return format('Listing %s is being published. Look at GET /jobs?listing_id=eq.%s.', l.id, l.id);
    elsif action <> 'publish' and l.external_id is null then
        return format('The channel does not show listing %s yet. Ask for the action "publish" first.', l.id);
    end if;
    return null;
end
$$;

-- The listings that an action on a product reaches: those not yet shown for publish, those shown for the others.
create function hub.product_listings(wanted uuid, action text) returns setof hub.listings
language sql stable as $$
    select * from hub.listings l
    where l.product_id = wanted
      and case when action = 'publish' then l.external_id is null and l.status <> 'submitted' else l.external_id is not null end
$$;

create function hub.approval_json(wanted uuid) returns jsonb
language plpgsql stable as $$
begin -- not sql: the plan is kept
    return (select to_jsonb(a) from api.approvals a where a.id = wanted);
end
$$;

-- What a request is about, and whether it can be asked for.
create function hub.requested_subject(type text, wanted uuid, action text,
    out content_version int, out product_version int, out answer jsonb)
language plpgsql stable as $$
declare
    l hub.listings;
    obstacle text;
begin
    if type = 'listing' then
        select * into l from hub.listings where id = wanted;
        if l.id is null then
            answer := jsonb_build_object('outcome', 'invalid', 'field', 'resource_id', 'issue', 'there is no such listing');
            return;
        end if;
        content_version := l.content_version;
        select p.content_version into product_version from hub.products p where p.id = l.product_id;
        obstacle := hub.listing_obstacle(l, action);
    else
        select p.content_version into content_version from hub.products p where p.id = wanted;
        if content_version is null then
            answer := jsonb_build_object('outcome', 'invalid', 'field', 'resource_id', 'issue', 'there is no such product');
            return;
        end if;
        obstacle := hub.product_obstacle(wanted, action);
    end if;
    if obstacle is not null then
        answer := jsonb_build_object('outcome', 'conflict', 'message', obstacle);
    end if;
end
$$;

create function hub.product_obstacle(wanted uuid, action text) returns text
language sql stable as $$
    select case when count(*) = 0 then format('The action "%s" reaches no listing of product %s. %s', action, wanted,
                case when action = 'publish' then 'Make one with POST /listings first.' else 'Publish one first.' end)
            else min(hub.listing_obstacle(l, action)) end
    from hub.product_listings(wanted, action) l
$$;

-- POST /approvals, under hub.run.
--   args: {resource_type, resource_id, action, payload, comments?, expires_at?}
create function hub.request_approval(args jsonb) returns text
language plpgsql as $$
declare
    kind text := args ->> 'resource_type';
    wanted uuid := (args ->> 'resource_id')::uuid;
    wanted_action text := args ->> 'action';
    ends_at timestamptz := coalesce((args ->> 'expires_at')::timestamptz, now() + interval '7 days');
    subject record;
    made hub.approvals;
    open hub.approvals;
begin
    if kind not in ('listing', 'product') or wanted_action not in ('publish', 'update', 'delete') then
        return jsonb_build_object('outcome', 'invalid', 'field', 'action',
            'issue', 'must be publish, update or delete of a listing or a product')::text;
    end if;
    if ends_at <= now() or ends_at > now() + interval '90 days' then
        return jsonb_build_object('outcome', 'invalid', 'field', 'expires_at',
            'issue', 'must lie in the future and at most 90 days ahead')::text;
    end if;
    subject := hub.requested_subject(kind, wanted, wanted_action);
    if subject.answer is not null then
        return subject.answer::text;
    end if;
    for attempt in 1..2 loop
        insert into hub.approvals (workspace_id, user_id, resource_type, resource_id, resource_version, product_version, action,
            payload, comments, expires_at)
        values (hub.workspace(), hub.user_id(), kind, wanted, subject.content_version, subject.product_version, wanted_action,
            coalesce(args -> 'payload', '{}'), args ->> 'comments', ends_at)
        on conflict (workspace_id, resource_type, resource_id, action) where status = 'pending' do nothing
        returning * into made;
        if made.id is not null then
            return jsonb_build_object('outcome', 'created', 'version', made.version, 'row', hub.approval_json(made.id))::text;
        end if;
        -- One that ran out, which the clock has not come round to yet, gives way.
        update hub.approvals a set status = 'expired'
        where a.resource_type = kind and a.resource_id = wanted and a.action = wanted_action
          and a.status = 'pending' and a.expires_at <= now();
    end loop;
    select * into open from hub.approvals a
    where a.resource_type = kind and a.resource_id = wanted and a.action = wanted_action and a.status = 'pending';
    return jsonb_build_object('outcome', 'conflict', 'row', hub.approval_json(open.id), 'message', format(
        'The same is asked for already: approval %s waits for a decision. Have it decided first.', open.id))::text;
end
$$;

-- Locks what an approval is about (the product before its listings, as everybody does) and says what stands in the way.
create function hub.lock_subject(a hub.approvals) returns text
language plpgsql as $$
declare
    p hub.products;
    l hub.listings;
    busy record;
    subject uuid := a.resource_id;
begin
    if a.resource_type = 'listing' then
        select product_id into subject from hub.listings where id = a.resource_id;
    end if;
    select * into p from hub.products where id = subject for share;
    perform from hub.listings where product_id = subject order by id for no key update;
    if a.resource_type = 'listing' then
        select * into l from hub.listings where id = a.resource_id;
        if l.id is null then
            return format('Listing %s is gone. There is nothing left to %s.', a.resource_id, a.action);
        elsif l.content_version <> a.resource_version then
            return format('Listing %s changed after this was asked for. Ask again, so that what is approved is what is shown.', l.id);
        elsif p.content_version <> a.product_version then
            return format('Product %s changed after this was asked for. Ask again, so that what is approved is what is shown.', p.id);
        elsif hub.listing_obstacle(l, a.action) is not null then
            return hub.listing_obstacle(l, a.action);
        end if;
    elsif p.id is null then
        return format('Product %s is gone. There is nothing left to %s.', a.resource_id, a.action);
    elsif p.content_version <> a.resource_version then
        return format('Product %s changed after this was asked for. Ask again, so that what is approved is what is shown.', p.id);
    elsif hub.product_obstacle(p.id, a.action) is not null then
        return hub.product_obstacle(p.id, a.action);
    end if;
    select j.id, j.listing_id into busy from hub.subject_listings(a) s
    join hub.jobs j on j.unique_key = 'listing:' || s.id and j.state in ('scheduled', 'ready', 'running') limit 1;
    if busy.id is not null then
        return format('Listing %s is still being worked on by job %s. Decide again when it has ended.', busy.listing_id, busy.id);
    end if;
    return null;
end
$$;

create function hub.subject_listings(a hub.approvals) returns setof hub.listings
language sql stable as $$
    select * from hub.listings l where a.resource_type = 'listing' and l.id = a.resource_id
    union all
    select * from hub.product_listings(a.resource_id, a.action) where a.resource_type = 'product'
$$;

-- One job for each listing that an approved request reaches.
create function hub.enqueue_approved(a hub.approvals) returns void
language plpgsql as $$
declare
    l hub.listings;
begin
    for l in select * from hub.subject_listings(a) s order by s.id loop
        perform hub.enqueue(jsonb_build_object('type', a.action || '_listing', 'store_id', l.store_id, 'listing_id', l.id,
            'approval_id', a.id, 'payload', a.payload, 'unique_key', 'listing:' || l.id,
            'listing_status', case when a.action = 'publish' then l.status end));
        if a.action = 'publish' then
            update hub.listings set status = 'submitted' where id = l.id;
        end if;
    end loop;
end
$$;

-- Why this request can't be decided by this person in this way; null when it can.
create function hub.decision_refusal(a hub.approvals, args jsonb) returns jsonb
language plpgsql as $$
declare
    obstacle text;
begin
    if (args ->> 'if_match')::int <> a.version then
        return jsonb_build_object('outcome', 'stale');
    elsif a.status = 'expired' or (a.status = 'pending' and a.expires_at <= now()) then
        return jsonb_build_object('outcome', 'conflict', 'message',
            format('This request expired at %s. Ask again with POST /approvals.', hub.moment(a.expires_at)));
    elsif a.status <> 'pending' then
        return jsonb_build_object('outcome', 'conflict', 'message', format('This request was %s by user %s at %s. %s', a.status,
            a.reviewed_by, hub.moment(a.reviewed_at), 'A decision stands; make a new request for another one.'));
    elsif a.user_id = hub.user_id() then
        return jsonb_build_object('outcome', 'forbidden', 'message',
            'Who asks can''t decide. Have another member with the right to decide look at it.');
    elsif args ->> 'status' = 'approved' then
        obstacle := hub.lock_subject(a);
        if obstacle is not null then
            return jsonb_build_object('outcome', 'conflict', 'message', obstacle);
        end if;
    end if;
    return null;
end
$$;

-- PATCH /approvals/{id}, under hub.run. Approving makes the jobs in the same statement.
--   args: {id, status: approved|rejected, comments?, if_match?: version}
create function hub.decide_approval(args jsonb) returns text
language plpgsql as $$
declare
    a hub.approvals;
    refusal jsonb;
begin
    select * into a from hub.approvals where id = (args ->> 'id')::uuid for no key update;
    if a.id is null then
        return '{"outcome": "not_found"}';
    end if;
    refusal := hub.decision_refusal(a, args);
    if refusal is not null then
        return (refusal || jsonb_build_object('version', a.version, 'row', hub.approval_json(a.id)))::text;
    end if;
    update hub.approvals set status = args ->> 'status', reviewed_by = hub.user_id(), reviewed_at = now(),
        review_comments = args ->> 'comments'
    where id = a.id returning * into a;
    if a.status = 'approved' then
        perform hub.enqueue_approved(a);
    end if;
    return jsonb_build_object('outcome', 'ok', 'version', a.version, 'row', hub.approval_json(a.id))::text;
end
$$;

-- Requests whose time is over. args: {batch?} → {"expired": n}
create function hub.expire_approvals(args jsonb) returns text
language plpgsql as $$
declare
    n int;
begin
    perform hub.act_for(null, null, 'approval-expiry', args ->> 'request_id');
    if not exists (select from hub.approvals where status = 'pending' and expires_at <= now()) then
        return '{"expired": 0}';
    end if;
    update hub.approvals a set status = 'expired'
    from (select id from hub.approvals where status = 'pending' and expires_at <= now()
          order by expires_at limit coalesce((args ->> 'batch')::int, 500) for no key update skip locked) due
    where a.id = due.id;
    get diagnostics n = row_count;
    return jsonb_build_object('expired', n)::text;
end
$$;

-- What keeps a claimed job from being run: what it is about is gone, or is no longer what was approved.
create function hub.job_obstacle(j hub.jobs, card jsonb) returns text
language plpgsql stable as $$
declare
    a hub.approvals;
    listing_content int;
    product_content int;
begin
    if j.listing_id is null then
        return null;
    elsif card = '{}' then
        return format('Listing %s is gone.', j.listing_id);
    elsif j.approval_id is null then
        return null;
    end if;
    select * into a from hub.approvals where id = j.approval_id;
    select l.content_version, p.content_version into listing_content, product_content
    from hub.listings l join hub.products p on p.id = l.product_id where l.id = j.listing_id;
    if a.resource_type = 'listing' and a.resource_version <> listing_content
        or (case when a.resource_type = 'listing' then a.product_version else a.resource_version end) <> product_content then
        return 'The listing or its product changed after the approval. Ask for a new one with POST /approvals.';
    end if;
    return null;
end
$$;

-- Nothing reaches a channel's catalogue unapproved.
alter table hub.jobs add constraint jobs_approved
    check (type not in ('publish_listing', 'update_listing', 'delete_listing') or approval_id is not null);
