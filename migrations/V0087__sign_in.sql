-- What only the sign-in knows: password hashes, refresh tokens, and what happened to an account. hub_app and hub_worker see none of it.
create table hub.accounts (
    user_id uuid primary key references hub.users (id) on delete cascade,
    password_hash text not null check (password_hash like '$argon2id$%' and length(password_hash) <= 200), -- PHC string
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object' and length(metadata::text) <= 8192), -- the person's own words
    password_changed_at timestamptz not null default now(),
    last_sign_in_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- A token is good for one exchange and kept, as its SHA-256, as long as its session: one that comes again was stolen.
create table hub.refresh_tokens (
    hash bytea primary key check (length(hash) = 32),
    session_id uuid not null references hub.sessions (id) on delete cascade,
    parent bytea,                              -- the token that it was given for; null: the session's first
    salt bytea check (length(salt) = 32),      -- with the token itself this makes its successor; forgotten once that one is used
    created_at timestamptz not null default now(),
    used_at timestamptz
);
create index refresh_tokens_session on hub.refresh_tokens (session_id);
-- A session has one good token at a time, whatever two requests do at once.
create unique index refresh_tokens_one_unused on hub.refresh_tokens (session_id) where used_at is null;

create table hub.auth_events (
    id uuid primary key default hub.uuid7(),
    user_id uuid references hub.users (id) on delete cascade, -- null: somebody tried an address that has no account
    event text not null check (event in ('signed_up', 'signed_in', 'sign_in_failed', 'signed_out', 'session_ended', 'password_changed', 'refresh_reused')),
    session_id uuid,
    request_id text,
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default clock_timestamp()
);
create index auth_events_user on hub.auth_events (user_id, created_at desc);
create index auth_events_created on hub.auth_events (created_at);

do $$
declare
    private text;
begin
    foreach private in array array['accounts', 'refresh_tokens', 'auth_events'] loop
        execute format('alter table hub.%I enable row level security', private);
        execute format('alter table hub.%I force row level security', private);
        execute format('create policy sign_in on hub.%I to hub_auth using (true)', private);
    end loop;
end
$$;
create policy sign_in on hub.users to hub_auth using (issuer is null);
grant select, insert, update, delete on hub.accounts, hub.refresh_tokens to hub_auth;
grant select, insert, delete on hub.auth_events to hub_auth;
grant select, insert on hub.users to hub_auth;

-- For what costs 20 MiB and some processor time, and for guessing. `account` is an account, for strangers and for each address that it
-- is used from apart: whoever guesses from elsewhere does not keep the owner out.
insert into hub.rate_limits (class, subject, quantity, period) values
    ('sign-in', 'address', 60, '10 minutes'), ('sign-in', 'account', 10, '10 minutes'),
    ('sign-up', 'address', 20, '1 hour'),
    ('refresh', 'address', 300, '1 minute');
