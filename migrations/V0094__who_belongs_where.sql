-- Who belongs where changes through the API from here on: hub_app may write members and workspaces, and row level security
-- says how narrowly. Nobody becomes a member by their own insert, and no workspace loses its last owner.
alter table hub.workspaces
    add column user_id uuid references hub.users (id), -- who founded it
    add column version int not null default 1,
    add column updated_at timestamptz not null default now();
alter table hub.members
    add column version int not null default 1,
    add column updated_at timestamptz not null default now();
create trigger touch before update on hub.workspaces for each row when (old.* is distinct from new.*) execute function hub.touch();
create trigger touch before update on hub.members for each row when (old.* is distinct from new.*) execute function hub.touch();

-- Owners appoint everybody, admins everybody but owners.
create function hub.may_appoint(by_role text, role text) returns boolean
language sql immutable parallel safe as $$
    select coalesce(by_role = 'owner' or (by_role = 'admin' and role <> 'owner'), false)
$$;
-- Whether the caller may give `role` to somebody or take it away. A key never may, whoever made it.
create function hub.appoints(role text) returns boolean
language sql stable parallel safe as $$
    select hub.setting('hub.key') is null and hub.may_appoint(hub.setting('hub.role'), appoints.role)
$$;

-- Changes of who belongs to a workspace happen one after the other. Answers the caller's role as it is once it is their turn:
-- whoever was removed or demoted meanwhile acts as what they are now. Null: no member (any more).
create function hub.lock_members() returns text
language plpgsql volatile as $$
declare
    now_role text;
begin
    perform pg_advisory_xact_lock(hashtextextended('hub.members:' || hub.workspace(), 0));
    select m.role into now_role from hub.members m where m.workspace_id = hub.workspace() and m.user_id = hub.user_id();
    perform set_config('hub.role', coalesce(now_role, ''), true);
    return now_role;
end
$$;

-- The workspace was founded by the caller in this very transaction: its time is the transaction's.
create function hub.founded(workspace uuid) returns boolean
language sql stable as $$
    select exists (select from hub.workspaces w where w.id = workspace and w.user_id = hub.user_id() and w.created_at = now())
$$;

drop policy own_membership on hub.members;
create policy own_membership on hub.members for select
    using (user_id = (select hub.user_id()) or workspace_id = (select hub.workspace()));
create policy founds on hub.members for insert to hub_app
    with check (user_id = (select hub.user_id()) and role = 'owner' and hub.founded(workspace_id));
create policy appoints on hub.members for update to hub_app
    using (workspace_id = (select hub.workspace()) and hub.appoints(role))
    with check (workspace_id = (select hub.workspace()) and hub.appoints(role));
create policy removes_or_leaves on hub.members for delete to hub_app
    using (workspace_id = (select hub.workspace())
        and (hub.appoints(role) or (user_id = (select hub.user_id()) and (select hub.setting('hub.key')) is null)));
grant insert (user_id, workspace_id, role), update (role), delete on hub.members to hub_app;

drop policy member_of on hub.workspaces;
create policy member_of on hub.workspaces for select
    using (id in (select workspace_id from hub.members where user_id = (select hub.user_id())));
-- Between its founding and the founder's membership nobody else could show it to them.
create policy founder_sees on hub.workspaces for select to hub_app
    using (user_id = (select hub.user_id()) and created_at = now());
create policy founds on hub.workspaces for insert to hub_app
    with check (user_id = (select hub.user_id()) and (select hub.setting('hub.key')) is null);
create policy administers on hub.workspaces for update to hub_app
    using (id = (select hub.workspace()) and hub.appoints('admin'))
    with check (id = (select hub.workspace()) and hub.appoints('admin'));
grant insert (id, slug, name, currency, user_id), update (name, updated_at) on hub.workspaces to hub_app;

-- Browsers may call from where a workspace's administrators say.
create policy administrators_add on hub.origins as restrictive for insert to hub_app with check (hub.appoints('admin'));
create policy administrators_remove on hub.origins as restrictive for delete to hub_app using (hub.appoints('admin'));

-- People see each other's addresses within a workspace, and nobody else's. Who comes from another identity provider gets
-- their row when they first need one; accounts of our own are the sign-in's business.
alter table hub.users enable row level security;
alter table hub.users force row level security;
create policy colleagues on hub.users for select to hub_app
    using (id = (select hub.user_id()) or id in (select m.user_id from hub.members m where m.workspace_id = (select hub.workspace())));
create policy arrives on hub.users for insert to hub_app
    with check (id = (select hub.user_id()) and issuer is not null and (select hub.setting('hub.key')) is null);
grant select (id, email), insert (id, email, issuer, subject) on hub.users to hub_app;

-- The invariant itself, whatever the statement: a workspace that had an owner has one. An administrator of the database
-- acts outside of any request and may do otherwise.
create function hub.keep_an_owner() returns trigger
language plpgsql as $$
declare
    workspace uuid;
begin
    if hub.setting('hub.actor') is null then
        return null;
    end if;
    for workspace in select distinct o.workspace_id from old_rows o where o.role = 'owner' order by 1 loop
        perform pg_advisory_xact_lock(hashtextextended('hub.members:' || workspace, 0));
        if not exists (select from hub.members m where m.workspace_id = workspace and m.role = 'owner') then
            raise exception 'the last owner can''t go' using errcode = 'check_violation', constraint = 'members_owner';
        end if;
    end loop;
    return null;
end
$$;
create trigger keep_an_owner_update after update on hub.members referencing old table as old_rows
    for each statement execute function hub.keep_an_owner();
create trigger keep_an_owner_delete after delete on hub.members referencing old table as old_rows
    for each statement execute function hub.keep_an_owner();
