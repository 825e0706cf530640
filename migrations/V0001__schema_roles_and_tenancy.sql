-- The two roles that functions connect as, and who belongs to which workspace.
-- Roles belong to the cluster, not to the database: another database may have made them already.
do $$
begin
    if not exists (select from pg_roles where rolname = 'hub_app') then
        create role hub_app nologin nosuperuser nocreatedb nocreaterole noinherit nobypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'hub_worker') then
        create role hub_worker nologin nosuperuser nocreatedb nocreaterole noinherit nobypassrls;
    end if;
exception
    when duplicate_object or unique_violation then null; -- another database is migrated at the same moment
end
$$;

create schema hub;
create schema api; -- what the API shows: one view per resource, nothing else
grant usage on schema hub, api to hub_app, hub_worker;

-- UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then chance.
create function hub.uuid7() returns uuid
language sql volatile parallel safe as $$
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- The context of the running statement, set by hub.run and hub.act_for; empty outside of them.
create function hub.setting(name text) returns text
language sql stable parallel safe as $$
    select nullif(current_setting(name, true), '')
$$;
create function hub.workspace() returns uuid
language sql stable parallel safe as $$
    select nullif(current_setting('hub.workspace', true), '')::uuid
$$;
create function hub.user_id() returns uuid
language sql stable parallel safe as $$
    select nullif(current_setting('hub.user', true), '')::uuid
$$;

create table hub.users (
    id uuid primary key default hub.uuid7(),
    email text not null check (email = lower(email) and email like '_%@_%' and length(email) <= 254),
    created_at timestamptz not null default now(),
    constraint users_email_key unique (email)
);

create table hub.workspaces (
    id uuid primary key default hub.uuid7(),
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null check (length(name) between 1 and 200),
    currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz not null default now(),
    constraint workspaces_slug_key unique (slug)
);

create table hub.members (
    user_id uuid not null references hub.users (id),
    workspace_id uuid not null references hub.workspaces (id),
    role text not null check (role in ('owner', 'admin', 'reviewer', 'operator', 'viewer')),
    created_at timestamptz not null default now(),
    primary key (user_id, workspace_id)
);
create index members_workspace on hub.members (workspace_id);

-- What each role may do. Reading is for everybody; deciding needs another person than the requester besides.
create function hub.may(role text, need text) returns boolean
language sql immutable parallel safe as $$
    select case role
        when 'owner' then true
        when 'admin' then true
        when 'reviewer' then need in ('read', 'audit', 'decide')
        when 'operator' then need in ('read', 'catalogue', 'request', 'jobs')
        when 'viewer' then need = 'read'
        else false
    end
$$;

-- Money is whole minor units inside and decimal text at the edge. Exponents: ISO 4217.
create function hub.exponent(currency text) returns int
language sql immutable parallel safe as $$
    select case
        when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
        when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        else 2
    end
$$;
create function hub.money_minor(amount text, currency text) returns bigint
language sql immutable parallel safe as $$
    select round(amount::numeric * (10 ^ hub.exponent(currency))::numeric)::bigint
$$;
-- Exactly as many decimals as the currency has: 12.50, 1200 (JPY), 1.234 (KWD).
create function hub.money_text(minor bigint, currency text) returns text
language sql immutable parallel safe as $$
    select round(minor::numeric / (10 ^ hub.exponent(currency))::numeric, hub.exponent(currency))::text
$$;
