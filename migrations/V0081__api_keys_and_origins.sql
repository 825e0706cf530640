-- Keys for machines, the nonces of what they signed, and the origins from which browsers may call.
create table hub.api_keys (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid not null references hub.users (id), -- its maker: the key may what its maker may now, within its scopes
    name text not null check (length(name) between 1 and 200),
    kind text not null check (kind in ('bearer', 'signing')),
    scopes text[] not null check (cardinality(scopes) > 0
        and scopes <@ array['read', 'audit', 'catalogue', 'stores', 'request', 'decide', 'jobs']),
    hash bytea check (length(hash) = 32),          -- SHA-256 of a bearer key; a signing key's secret is derived, not kept
    previous_hash bytea check (length(previous_hash) = 32),
    generation int not null default 1 check (generation > 0),
    previous_until timestamptz, -- the one before is good until then
    hint text not null check (length(hint) <= 40),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint api_keys_tenant_key unique (workspace_id, id),
    constraint api_keys_hash check ((kind = 'bearer') = (hash is not null)),
    constraint api_keys_previous check (previous_hash is null or previous_until is not null)
);
create index api_keys_created on hub.api_keys (workspace_id, created_at desc, id desc);
alter table hub.api_keys enable row level security;
alter table hub.api_keys force row level security;
create policy tenant on hub.api_keys using (workspace_id = (select hub.workspace()));
grant select, insert, update on hub.api_keys to hub_app;

-- Logged, unlike the buckets of the rate limits: a replay has to be known after a restart too.
create table hub.api_key_nonces (
    key_id uuid not null references hub.api_keys (id) on delete cascade,
    nonce text not null check (length(nonce) between 16 and 128),
    expires_at timestamptz not null,
    primary key (key_id, nonce)
);
create index api_key_nonces_expiry on hub.api_key_nonces (expires_at);
grant select, insert on hub.api_key_nonces to hub_app;
grant select, delete on hub.api_key_nonces to hub_worker;

create table hub.origins (
    workspace_id uuid not null references hub.workspaces (id),
    origin text not null check (length(origin) <= 300 and origin ~ '^https?://[^/*?#@\s]+$'),
    created_at timestamptz not null default now(),
    primary key (workspace_id, origin)
);
alter table hub.origins enable row level security;
alter table hub.origins force row level security;
create policy tenant on hub.origins using (workspace_id = (select hub.workspace()));
grant select, insert, delete on hub.origins to hub_app;
