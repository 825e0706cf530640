-- People of several issuers, the sessions of our own sign-in, and the role that only the sign-in connects as.
do $$
begin
    if not exists (select from pg_roles where rolname = 'hub_auth') then
        create role hub_auth nologin nosuperuser nocreatedb nocreaterole noinherit nobypassrls;
    end if;
exception
    when duplicate_object or unique_violation then null; -- another database is migrated at the same moment
end
$$;
grant usage on schema hub to hub_auth;

-- Who comes from another identity provider is known by what that one calls them; only our own accounts need an address.
alter table hub.users
    alter column email drop not null,
    add column issuer text check (length(issuer) between 1 and 500),
    add column subject text check (length(subject) between 1 and 500),
    add constraint users_provider check ((issuer is null) = (subject is null)),
    add constraint users_reachable check (issuer is not null or email is not null),
    add constraint users_subject_key unique (issuer, subject),
    drop constraint users_email_key;
create unique index users_email_key on hub.users (email) where issuer is null;

-- One sign-in of a person somewhere. Its refresh tokens are the sign-in's own business; that it ended is everybody's.
create table hub.sessions (
    id uuid primary key default hub.uuid7(),
    user_id uuid not null references hub.users (id),
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    ip inet,
    user_agent text check (length(user_agent) <= 300)
);
create index sessions_user on hub.sessions (user_id, created_at desc);
alter table hub.sessions enable row level security;
alter table hub.sessions force row level security;
create policy own on hub.sessions using (user_id = (select hub.user_id()));
create policy sign_in on hub.sessions to hub_auth using (true);
grant select on hub.sessions to hub_app;
grant update (ended_at) on hub.sessions to hub_app;
grant select, insert, update, delete on hub.sessions to hub_auth;

-- What each role may do. Members and keys decide over who else may: they are no scope of a key.
create or replace function hub.may(role text, need text) returns boolean
language sql immutable parallel safe as $$
    select case role
        when 'owner' then true
        when 'admin' then true
        when 'reviewer' then need in ('read', 'audit', 'decide')
        when 'operator' then need in ('read', 'catalogue', 'request', 'jobs')
        when 'viewer' then need = 'read'
        else false
    end and need in ('read', 'audit', 'catalogue', 'stores', 'request', 'decide', 'jobs', 'members', 'keys')
$$;
