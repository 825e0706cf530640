-- The one way into a workspace: a single-use token, kept as its hash. Whoever holds it may see and accept that one
-- invitation; the inviter must still be allowed to invite when it is used.
create table hub.invitations (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid not null references hub.users (id), -- who invites
    role text not null check (role in ('owner', 'admin', 'reviewer', 'operator', 'viewer')),
    email text check (length(email) between 1 and 254), -- whom it is meant for: a note for people, no condition
    token_hash bytea not null check (length(token_hash) = 32), -- SHA-256
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references hub.users (id),
    revoked_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint invitations_tenant_key unique (workspace_id, id),
    constraint invitations_token_key unique (token_hash),
    constraint invitations_lifetime check (expires_at <= created_at + interval '168 hours'),
    constraint invitations_accepted check ((accepted_at is null) = (accepted_by is null)),
    constraint invitations_one_end check (accepted_at is null or revoked_at is null)
);
create index invitations_created on hub.invitations (workspace_id, created_at desc, id desc);
create trigger touch before update on hub.invitations for each row when (old.* is distinct from new.*) execute function hub.touch();

alter table hub.invitations enable row level security;
alter table hub.invitations force row level security;
create policy tenant on hub.invitations for select using (workspace_id = (select hub.workspace()));
create policy invites on hub.invitations for insert to hub_app
    with check (workspace_id = (select hub.workspace()) and user_id = (select hub.user_id()) and hub.appoints(role));
create policy revokes on hub.invitations for update to hub_app
    using (workspace_id = (select hub.workspace()) and hub.appoints(role))
    with check (workspace_id = (select hub.workspace()) and hub.appoints(role) and accepted_at is null);
-- Whoever shows the token, and nobody else outside of the workspace.
create policy bearer_sees on hub.invitations for select to hub_app
    using (token_hash = (select decode(hub.setting('hub.invitation'), 'hex')));
create policy bearer_accepts on hub.invitations for update to hub_app
    using (token_hash = (select decode(hub.setting('hub.invitation'), 'hex')) and accepted_at is null and revoked_at is null)
    with check (token_hash = (select decode(hub.setting('hub.invitation'), 'hex')) and accepted_by = (select hub.user_id()) and accepted_at = now());
grant select, insert (id, workspace_id, user_id, role, email, token_hash, expires_at),
    update (accepted_at, accepted_by, revoked_at) on hub.invitations to hub_app;

-- The caller accepted an invitation to the workspace, as `role`, in this very transaction.
create function hub.invited(workspace uuid, role text) returns boolean
language sql stable as $$
    select exists (select from hub.invitations i where i.workspace_id = workspace and i.role = invited.role
        and i.accepted_by = hub.user_id() and i.accepted_at = now())
$$;
create policy is_invited on hub.members for insert to hub_app
    with check (user_id = (select hub.user_id()) and hub.invited(workspace_id, role));

create view api.invitations with (security_invoker = true) as
select id, workspace_id, user_id, role, email,
    case when accepted_at is not null then 'accepted' when revoked_at is not null then 'revoked'
        when expires_at <= now() then 'expired' else 'pending' end as status,
    expires_at, accepted_at, accepted_by, revoked_at, version, created_at, updated_at
from hub.invitations;
grant select on api.invitations to hub_app;

-- Makes an invitation.
--   args: {id, role, email?, token_hash (hexadecimal), hours}
create function hub.invite(args jsonb) returns text
language plpgsql volatile as $$
declare
    most constant int := 100;
begin
    perform hub.lock_members();
    if not hub.appoints(args ->> 'role') then
        return jsonb_build_object('outcome', 'forbidden', 'message', 'Only owners invite owners.');
    end if;
    if (select count(*) from api.invitations i where i.workspace_id = hub.workspace() and i.status = 'pending') >= most then
        return jsonb_build_object('outcome', 'conflict', 'message',
            format('The workspace has %s pending invitations. Revoke those that are not needed.', most));
    end if;
    insert into hub.invitations (id, workspace_id, user_id, role, email, token_hash, expires_at)
    values ((args ->> 'id')::uuid, hub.workspace(), hub.user_id(), args ->> 'role', args ->> 'email', decode(args ->> 'token_hash', 'hex'),
            now() + make_interval(hours => (args ->> 'hours')::int));
    return (select jsonb_build_object('outcome', 'created', 'row', to_jsonb(i)) from api.invitations i where i.id = (args ->> 'id')::uuid);
end
$$;

-- Takes an invitation back.
--   args: {id, if_match?}
create function hub.revoke_invitation(args jsonb) returns text
language plpgsql volatile as $$
declare
    i api.invitations;
begin
    perform hub.lock_members();
    select * into i from api.invitations v where v.workspace_id = hub.workspace() and v.id = (args ->> 'id')::uuid;
    if i.id is null then
        return '{"outcome": "not_found"}';
    elsif not hub.appoints(i.role) then
        return jsonb_build_object('outcome', 'forbidden', 'message', 'Only owners take an invitation for an owner back.');
    elsif i.version <> (args ->> 'if_match')::int then
        return jsonb_build_object('outcome', 'stale', 'row', to_jsonb(i), 'version', i.version);
    elsif i.status = 'accepted' then
        return jsonb_build_object('outcome', 'conflict', 'message',
            format('The invitation was accepted. Remove the member with DELETE /members/%s.', i.accepted_by));
    end if;
    update hub.invitations set revoked_at = now() where id = i.id and revoked_at is null;
    return '{"outcome": "deleted"}';
end
$$;

-- The person of another identity provider gets their row; whether the caller has one.
--   args: {issuer?, subject?, email?}
create function hub.arrive(args jsonb) returns boolean
language plpgsql volatile as $$
declare
    address text := lower(args ->> 'email');
begin
    if args ->> 'issuer' is not null then
        insert into hub.users (id, email, issuer, subject)
        values (hub.user_id(), case when address like '_%@_%' and length(address) <= 254 then address end, args ->> 'issuer', args ->> 'subject')
        on conflict do nothing;
    end if;
    return exists (select from hub.users u where u.id = hub.user_id());
end
$$;

-- Whoever acted in a workspace for a moment acts for themselves again: what follows in this request is counted as theirs.
create function hub.act_personally() returns void
language sql volatile as $$
    select set_config('hub.workspace', '', true), set_config('hub.role', '', true), set_config('hub.invitation', '', true)
$$;

-- The invitation of hub.invitation's token, when it can be accepted. Unknown, expired, used, revoked, or by somebody who may not
-- invite any more: all the same. In its workspace and under its lock from here on.
create function hub.open_invitation() returns hub.invitations
language plpgsql volatile as $$
declare
    i hub.invitations;
    inviter text;
begin
    select * into i from hub.invitations v where v.token_hash = decode(hub.setting('hub.invitation'), 'hex');
    if i.id is null then
        return null;
    end if;
    perform set_config('hub.workspace', i.workspace_id::text, true);
    perform hub.lock_members();
    select * into i from hub.invitations v -- as it is now that it is our turn
    where v.id = i.id and v.accepted_at is null and v.revoked_at is null and v.expires_at > now();
    select m.role into inviter from hub.members m where m.workspace_id = i.workspace_id and m.user_id = i.user_id;
    if not hub.may_appoint(inviter, i.role) then
        return null;
    end if;
    return i;
end
$$;

-- Accepts an invitation: the caller is a member. Of two who hold the same link one wins.
--   args: {token_hash (hexadecimal), issuer?, subject?, email?} → the workspace as api.workspaces shows it
create function hub.accept_invitation(args jsonb) returns text
language plpgsql volatile as $$
declare
    i hub.invitations;
    answer jsonb;
begin
    perform set_config('hub.invitation', args ->> 'token_hash', true);
    i := hub.open_invitation();
    if i.id is null then
        answer := '{"outcome": "not_found"}';
    elsif hub.setting('hub.role') is not null then
        answer := jsonb_build_object('outcome', 'conflict', 'message', 'You are a member of this workspace already. The invitation stays good for somebody else.');
    elsif not hub.arrive(args) then
        answer := jsonb_build_object('outcome', 'forbidden', 'message', 'The token speaks for nobody who has an account here.');
    else
        update hub.invitations set accepted_at = now(), accepted_by = hub.user_id() where id = i.id;
        insert into hub.members (user_id, workspace_id, role) values (hub.user_id(), i.workspace_id, i.role);
        answer := (select jsonb_build_object('outcome', 'ok', 'row', to_jsonb(w)) from api.workspaces w where w.id = i.workspace_id);
    end if;
    perform hub.act_personally();
    return answer;
end
$$;
