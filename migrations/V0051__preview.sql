-- Where a channel can say beforehand what it would make of a product, it is asked when the approval is asked for, and
-- nobody approves what it would refuse.

-- What a preview is until the channel has answered; null where no channel of the reached listings gives one.
create function hub.wanted_preview(kind text, wanted uuid, action text, channels jsonb) returns jsonb
language plpgsql stable as $$
declare
    listings jsonb;
begin
    if action not in ('publish', 'update') then
        return null;
    end if;
    select jsonb_agg(jsonb_build_object('listing_id', l.id, 'store_id', s.id, 'platform', s.platform, 'status', 'pending',
        'issues', '[]'::jsonb) order by l.id) into listings
    from hub.reached_listings(kind, wanted, action) l join hub.stores s on s.id = l.store_id
    where hub.capability(channels, s.platform, 'preview_product') ->> 'level' = 'native';
    return hub.preview_of(listings);
end
$$;

-- The preview of an approval from those of its listings: one refusal refuses, and one open answer leaves it open.
create function hub.preview_of(listings jsonb) returns jsonb
language sql immutable parallel safe as $$
    select jsonb_build_object('listings', listings,
        'status', case when listings @> '[{"status": "refused"}]' then 'refused' when listings @> '[{"status": "pending"}]' then 'pending'
            when listings @> '[{"status": "unavailable"}]' then 'unavailable' else 'passed' end,
        'issues', coalesce((
            select jsonb_agg(i.issue || jsonb_build_object('listing_id', l -> 'listing_id') order by l ->> 'listing_id', i.nr)
            from jsonb_array_elements(listings) l, jsonb_array_elements(l -> 'issues') with ordinality i (issue, nr)), '[]'))
    where listings is not null
$$;

-- One job for each listing whose channel gives a preview. They need no approval: they change nothing.
create function hub.enqueue_previews(a hub.approvals) returns void
language plpgsql as $$
declare
    l record;
begin
    for l in select (x ->> 'listing_id')::uuid as id, (x ->> 'store_id')::uuid as store_id
             from jsonb_array_elements(a.preview -> 'listings') x
    loop
        -- ahead of the bulk, since a person waits; and not for long, since the approval can do without
        perform hub.enqueue(jsonb_build_object('type', 'preview_listing', 'store_id', l.store_id, 'listing_id', l.id,
            'approval_id', a.id, 'payload', a.payload, 'unique_key', format('preview:%s:%s', a.id, l.id), 'priority', 50,
            'max_attempts', 6));
    end loop;
end
$$;

-- What came of a listing's preview, from the worker that settles its job (or from the job's end without an answer).
--   result: {issues: [{severity, code, message, field?}]} | {error} | {pending: true}
-- A verdict stands: a failure after it, or one that is reported twice, changes nothing.
create function hub.record_preview(approval uuid, listing uuid, result jsonb) returns void
language plpgsql as $$
declare
    a hub.approvals;
    fresh jsonb := case
        when jsonb_typeof(result -> 'issues') = 'array' then jsonb_build_object('issues', result -> 'issues',
            'status', case when result -> 'issues' @> '[{"severity": "error"}]' then 'refused' else 'passed' end)
        when result ? 'pending' then '{"status": "pending", "issues": []}'
        else jsonb_build_object('status', 'unavailable', 'issues', '[]'::jsonb,
            'error', coalesce(result ->> 'error', 'the channel gave no answer')) end;
begin
    select * into a from hub.approvals where id = approval for no key update;
    if a.id is null or a.status <> 'pending' or a.preview is null then
        return;
    end if;
    update hub.approvals set preview = hub.preview_of((
        select jsonb_agg(case when x ->> 'listing_id' = listing::text
                and (result ? 'issues' or x ->> 'status' in ('pending', 'unavailable'))
            then (x - 'error') || fresh else x end order by nr)
        from jsonb_array_elements(a.preview -> 'listings') with ordinality t (x, nr)))
    where id = a.id;
end
$$;

-- A preview whose job dies or is cancelled has no answer, unless what it died of is one: a failed job's result may name the
-- issues. One that is tried again is open again.
create function hub.follow_preview() returns trigger
language plpgsql as $$
declare
    data hub.job_data;
begin
    select * into data from hub.job_data d where d.job_id = new.id;
    perform hub.record_preview(new.approval_id, new.listing_id, case
        when new.state = 'cancelled' then '{"error": "the check was cancelled"}'
        when new.state <> 'dead' then '{"pending": true}'
        when data.result ? 'issues' then jsonb_build_object('issues', data.result -> 'issues')
        else jsonb_build_object('error', coalesce(data.error, 'the check came to no end')) end);
    return null;
end
$$;
create trigger follow_preview after update of state on hub.jobs for each row
    when (new.type = 'preview_listing' and new.approval_id is not null
        and (old.state in ('dead', 'cancelled')) is distinct from (new.state in ('dead', 'cancelled')))
    execute function hub.follow_preview();

-- Why what was previewed can't be approved now; null when it can.
create function hub.preview_refusal(a hub.approvals) returns text
language plpgsql stable as $$
begin
    if a.preview ->> 'status' = 'pending' then
        return format('The channel is still checking this. Decide again in a moment; GET /jobs?approval_id=eq.%s shows how far it is.', a.id);
    elsif a.preview ->> 'status' = 'refused' then
        return format('The channel would refuse this: %s. Correct it, then ask again.', (
            select string_agg(coalesce((i ->> 'field') || ': ', '') || (i ->> 'message'), '; ')
            from (select i from jsonb_array_elements(a.preview -> 'issues') i where i ->> 'severity' = 'error' limit 5) errors));
    end if;
    return null;
end
$$;

-- The request that is open for the same; one that ran out, which the clock has not come round to yet, gives way.
create function hub.open_request(kind text, wanted uuid, wanted_action text) returns uuid
language plpgsql as $$
begin
    update hub.approvals a set status = 'expired'
    where a.resource_type = kind and a.resource_id = wanted and a.action = wanted_action
      and a.status = 'pending' and a.expires_at <= now();
    return (select a.id from hub.approvals a
            where a.resource_type = kind and a.resource_id = wanted and a.action = wanted_action and a.status = 'pending');
end
$$;

-- POST /approvals, under hub.run.
--   args: {resource_type, resource_id, action, payload, comments?, expires_at?, channels?}
create or replace function hub.request_approval(args jsonb) returns text
language plpgsql as $$
declare
    kind text := args ->> 'resource_type';
    wanted uuid := (args ->> 'resource_id')::uuid;
    wanted_action text := args ->> 'action';
    asked jsonb := coalesce(args -> 'payload', '{}');
    ends_at timestamptz := coalesce((args ->> 'expires_at')::timestamptz, now() + interval '7 days');
    subject record;
    said jsonb;
    refusal jsonb;
    made hub.approvals;
    open uuid;
begin
    refusal := hub.malformed_request(kind, wanted_action, ends_at);
    if refusal is not null then
        return refusal::text;
    end if;
    subject := hub.requested_subject(kind, wanted, wanted_action);
    said := hub.channel_notes(kind, wanted, wanted_action, asked, args -> 'channels');
    refusal := coalesce(subject.answer, case when kind = 'listing' then hub.variants_refusal(wanted, asked) end,
        hub.notes_refusal(kind, said));
    if refusal is not null then
        return refusal::text;
    end if;
    for attempt in 1..2 loop
        insert into hub.approvals (workspace_id, user_id, resource_type, resource_id, resource_version, product_version, action,
            payload, comments, expires_at, notes, preview)
        values (hub.workspace(), hub.user_id(), kind, wanted, subject.content_version, subject.product_version, wanted_action,
            asked, args ->> 'comments', ends_at, said, hub.wanted_preview(kind, wanted, wanted_action, args -> 'channels'))
        on conflict (workspace_id, resource_type, resource_id, action) where status = 'pending' do nothing
        returning * into made;
        if made.id is not null then
            perform hub.enqueue_previews(made);
            return jsonb_build_object('outcome', 'created', 'version', made.version, 'row', hub.approval_json(made.id))::text;
        end if;
        open := hub.open_request(kind, wanted, wanted_action);
    end loop;
    return jsonb_build_object('outcome', 'conflict', 'row', hub.approval_json(open), 'message', format(
        'The same is asked for already: approval %s waits for a decision. Have it decided first.', open))::text;
end
$$;

create function hub.malformed_request(kind text, action text, ends_at timestamptz) returns jsonb
language plpgsql stable as $$
begin
    if kind not in ('listing', 'product') or action not in ('publish', 'update', 'delete') then
        return jsonb_build_object('outcome', 'invalid', 'field', 'action',
            'issue', 'must be publish, update or delete of a listing or a product');
    elsif ends_at <= now() or ends_at > now() + interval '90 days' then
        return jsonb_build_object('outcome', 'invalid', 'field', 'expires_at',
            'issue', 'must lie in the future and at most 90 days ahead');
    end if;
    return null;
end
$$;

-- Why this request can't be decided by this person in this way; null when it can.
create or replace function hub.decision_refusal(a hub.approvals, args jsonb) returns jsonb
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
        obstacle := coalesce(hub.lock_subject(a), hub.preview_refusal(a));
        if obstacle is not null then
            return jsonb_build_object('outcome', 'conflict', 'message', obstacle);
        end if;
    end if;
    return null;
end
$$;

-- PATCH /approvals/{id}, under hub.run. Approving makes the jobs in the same statement.
--   args: {id, status: approved|rejected, comments?, if_match?: version}
-- What is approved although the channel could not say beforehand what it thinks of it is noted.
create or replace function hub.decide_approval(args jsonb) returns text
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
        review_comments = args ->> 'comments', notes = notes || hub.unpreviewed(a)
    where id = a.id returning * into a;
    if a.status = 'approved' then
        perform hub.enqueue_approved(a);
    end if;
    return jsonb_build_object('outcome', 'ok', 'version', a.version, 'row', hub.approval_json(a.id))::text;
end
$$;

-- Notes on the listings whose preview was not to be had.
create function hub.unpreviewed(a hub.approvals) returns jsonb
language sql stable as $$
    select coalesce(jsonb_agg((x - '{status,issues,error}'::text[]) || jsonb_build_object('operation', 'preview_product',
        'level', 'unavailable', 'reason', x -> 'error')), '[]')
    from jsonb_array_elements(a.preview -> 'listings') x where x ->> 'status' = 'unavailable'
$$;

create or replace view api.approvals with (security_invoker = true) as
select a.id, a.workspace_id, a.user_id, a.resource_type, a.resource_id, a.action, a.payload,
    a.status, a.reviewed_by, a.reviewed_at, a.comments, a.review_comments, a.expires_at,
    coalesce((select jsonb_agg(j.id order by j.id) from hub.jobs j where j.approval_id = a.id and j.type <> 'preview_listing'), '[]') as job_ids,
    a.version, a.created_at, a.updated_at, a.notes, a.preview
from hub.approvals a;
