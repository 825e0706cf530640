-- Founding and changing workspaces, changing and removing members. Each is one statement, under the lock of its workspace's members.
create view api.workspaces with (security_invoker = true) as
select w.id, w.slug, w.name, w.currency, m.role, w.version, w.created_at, w.updated_at
from hub.workspaces w join hub.members m on m.workspace_id = w.id and m.user_id = (select hub.user_id());

-- id: the user's, by which a member is addressed.
create view api.members with (security_invoker = true) as
select m.user_id as id, m.workspace_id, m.user_id, u.email, m.role, m.version, m.created_at, m.updated_at
from hub.members m left join hub.users u on u.id = m.user_id
where m.workspace_id = (select hub.workspace());
-- Where members are counted when no filter is about people.
create view api.members_rows with (security_invoker = true) as
select m.user_id as id, m.workspace_id, m.user_id, m.role, m.version, m.created_at, m.updated_at
from hub.members m where m.workspace_id = (select hub.workspace());
grant select on api.workspaces, api.members, api.members_rows to hub_app;

-- Founds a workspace: the caller is its owner.
--   args: {id, slug, name, currency?, issuer?, subject?, email?}
create function hub.found_workspace(args jsonb) returns text
language plpgsql volatile as $$
declare
    most constant int := 100;
    founded uuid := (args ->> 'id')::uuid;
begin
    if not hub.arrive(args) then
        return jsonb_build_object('outcome', 'forbidden', 'message', 'The token speaks for nobody who has an account here.');
    elsif (select count(*) from hub.members m where m.user_id = hub.user_id() and m.role = 'owner') >= most then
        return jsonb_build_object('outcome', 'conflict', 'message', format('You own %s workspaces, which is the most.', most));
    end if;
    insert into hub.workspaces (id, slug, name, currency, user_id)
    values (founded, args ->> 'slug', args ->> 'name', coalesce(args ->> 'currency', 'USD'), hub.user_id())
    on conflict (slug) do nothing;
    if not found then
        return '{"outcome": "conflict", "message": "slug: is taken", "field": "slug", "issue": "is taken"}';
    end if;
    insert into hub.members (user_id, workspace_id, role) values (hub.user_id(), founded, 'owner');
    return (select jsonb_build_object('outcome', 'created', 'row', to_jsonb(w)) from api.workspaces w where w.id = founded);
end
$$;

-- The session's workspace as it is shown to somebody in it.
create function hub.show_workspace() returns jsonb
language sql stable as $$
    select to_jsonb(w) || jsonb_build_object('origins',
        coalesce((select jsonb_agg(o.origin order by o.origin) from hub.origins o where o.workspace_id = w.id), '[]'))
    from api.workspaces w where w.id = hub.workspace()
$$;

-- Makes the workspace's list of origins what `wanted` says; whether that changed anything.
create function hub.set_origins(wanted text[]) returns boolean
language plpgsql volatile as $$
declare
    removed int;
    added int;
begin
    delete from hub.origins o where o.workspace_id = hub.workspace() and o.origin <> all (wanted);
    get diagnostics removed = row_count;
    insert into hub.origins (workspace_id, origin) select hub.workspace(), o from unnest(wanted) o on conflict do nothing;
    get diagnostics added = row_count;
    return removed + added > 0;
end
$$;

-- Changes the session's workspace, which must be the one that the path names.
--   args: {id, name?, origins?, if_match?}
create function hub.change_workspace(args jsonb) returns text
language plpgsql volatile as $$
declare
    w hub.workspaces;
    elsewhere boolean := false;
begin
    perform hub.lock_members();
    select * into w from hub.workspaces x where x.id = hub.workspace() and x.id = (args ->> 'id')::uuid for no key update;
    if w.id is null then
        return case when (args ->> 'id')::uuid = hub.workspace() then '{"outcome": "forbidden"}' else '{"outcome": "not_found"}' end;
    elsif w.version <> (args ->> 'if_match')::int then
        return jsonb_build_object('outcome', 'stale', 'row', hub.show_workspace());
    end if;
    if args -> 'origins' <> 'null' then
        elsewhere := hub.set_origins(array(select jsonb_array_elements_text(args -> 'origins')));
    end if;
    update hub.workspaces x set name = coalesce(args ->> 'name', x.name), updated_at = case when elsewhere then now() else x.updated_at end
    where x.id = w.id;
    return jsonb_build_object('outcome', 'ok', 'row', hub.show_workspace());
end
$$;

-- Why the caller may not take `m`'s role away, as an outcome; null when they may. Under the lock of hub.lock_members.
create function hub.keeps_role(m api.members, if_match int) returns jsonb
language sql stable as $$
    select case
        when m.id is null then '{"outcome": "not_found"}'
        when not hub.appoints(m.role) and m.id <> hub.user_id() then case when m.role = 'owner' and hub.appoints('admin')
            then '{"outcome": "forbidden", "message": "Only owners make or unmake owners."}'::jsonb else '{"outcome": "forbidden"}' end
        when m.version <> if_match then jsonb_build_object('outcome', 'stale', 'row', to_jsonb(m))
    end
$$;

-- Whether nobody else owns the session's workspace.
create function hub.owns_alone(m api.members) returns boolean
language sql stable as $$
    select m.role = 'owner' and not exists (select from hub.members o
        where o.workspace_id = hub.workspace() and o.role = 'owner' and o.user_id <> m.id)
$$;

-- What somebody invited others to be and may not (any more) is taken back: an old link is no way around a demotion.
create function hub.withdraw_invitations(inviter uuid, role text) returns void
language sql volatile as $$
    update hub.invitations i set revoked_at = now()
    where i.workspace_id = hub.workspace() and i.user_id = inviter and i.accepted_at is null and i.revoked_at is null
      and not hub.may_appoint(withdraw_invitations.role, i.role)
$$;

-- Gives a member another role, from their next request on.
--   args: {id, role, if_match?}
create function hub.change_member(args jsonb) returns text
language plpgsql volatile as $$
declare
    m api.members;
    refusal jsonb;
begin
    perform hub.lock_members();
    select * into m from api.members v where v.id = (args ->> 'id')::uuid;
    refusal := hub.keeps_role(m, (args ->> 'if_match')::int);
    if refusal is not null then
        return refusal;
    elsif m.role = args ->> 'role' then
        return jsonb_build_object('outcome', 'ok', 'row', to_jsonb(m));
    elsif not hub.appoints(m.role) or not hub.appoints(args ->> 'role') then
        return '{"outcome": "forbidden", "message": "Only owners make or unmake owners."}';
    elsif hub.owns_alone(m) then
        return jsonb_build_object('outcome', 'conflict', 'row', to_jsonb(m), 'message',
            'The last owner stays one. Make somebody else an owner first.');
    end if;
    perform hub.withdraw_invitations(m.id, args ->> 'role');
    update hub.members x set role = args ->> 'role' where x.workspace_id = hub.workspace() and x.user_id = m.id;
    return (select jsonb_build_object('outcome', 'ok', 'row', to_jsonb(v)) from api.members v where v.id = m.id);
end
$$;

-- Removes a member, or lets the caller leave. Their keys end with them: a new membership does not bring old keys back.
--   args: {id, if_match?}
create function hub.remove_member(args jsonb) returns text
language plpgsql volatile as $$
declare
    m api.members;
    refusal jsonb;
begin
    perform hub.lock_members();
    select * into m from api.members v where v.id = (args ->> 'id')::uuid;
    refusal := hub.keeps_role(m, (args ->> 'if_match')::int);
    if refusal is not null then
        return refusal;
    elsif hub.setting('hub.key') is not null then
        return '{"outcome": "forbidden"}';
    elsif hub.owns_alone(m) then
        return jsonb_build_object('outcome', 'conflict', 'row', to_jsonb(m), 'message',
            'The last owner can''t go. Make somebody else an owner first.');
    end if;
    update hub.api_keys k set revoked_at = now()
    where k.workspace_id = hub.workspace() and k.user_id = m.id and k.revoked_at is null;
    perform hub.withdraw_invitations(m.id, null);
    delete from hub.members x where x.workspace_id = hub.workspace() and x.user_id = m.id;
    return '{"outcome": "deleted"}';
end
$$;
