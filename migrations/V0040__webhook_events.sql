-- What channels and product management systems post to us: stored as it came, once, before anybody reads it.
--
--   received ──▶ processing ──▶ processed | ignored | failed ──▶ received, when it is replayed
-- Between received and an end the event follows its job (type process_webhook, unique_key webhook:<event>).

-- The credentials that a store had before, for notifications that were signed before the channel took the new ones.
alter table hub.stores
    add column last_webhook_at timestamptz, -- to the minute: a store that is silent for too long is polled
    add column previous_credentials text,   -- sealed for the place of credentials
    add column previous_until timestamptz,
    add constraint stores_previous check ((previous_credentials is null) = (previous_until is null));

-- That a notification came is no change of the store: no new version, nothing to audit.
drop trigger touch on hub.stores;
create trigger touch before update on hub.stores for each row
    when ((to_jsonb(old) - 'last_webhook_at') is distinct from (to_jsonb(new) - 'last_webhook_at'))
    execute function hub.touch();

-- As before, with what is sealed since and what is mere bookkeeping.
create or replace function hub.difference(before jsonb, after jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(key, case when key in ('credentials', 'previous_credentials', 'secret', 'previous_secret')
            then '{"from": "[redacted]", "to": "[redacted]"}'::jsonb
            else jsonb_build_object('from', before -> key, 'to', after -> key) end), '{}')
    from (select jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as key) keys
    where before -> key is distinct from after -> key
      and coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')
      and key not in ('id', 'workspace_id', 'created_at', 'updated_at', 'version', 'content_version', 'last_webhook_at', 'last_used_at')
$$;

-- Intake is told a store's id and nothing else: its role sees the one store that hub.store names.
create policy webhook_target on hub.stores for select to hub_worker using (id = (select hub.setting('hub.store'))::uuid);
-- Credentials that verify nothing any more are found in whichever workspace, and forgotten in its context.
create policy worker_finds_outdated on hub.stores for select to hub_worker using (previous_until < now());
create index stores_previous_until on hub.stores (previous_until) where previous_until is not null;

-- What a product management system signs its events with.
create table hub.webhook_keys (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid references hub.users (id), -- who made it
    name text not null check (length(name) between 1 and 200),
    secret text not null, -- sealed: key id, nonce and ciphertext; never plain
    previous_secret text, -- sealed for the place of secret; still good until previous_until
    previous_until timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz, -- to the minute
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhook_keys_tenant_key unique (workspace_id, id),
    constraint webhook_keys_previous check ((previous_secret is null) = (previous_until is null))
);
create index webhook_keys_created on hub.webhook_keys (workspace_id, created_at desc, id desc);

create table hub.webhook_events (
    id uuid primary key default hub.uuid7(), -- retention goes by the time in it
    workspace_id uuid not null,
    store_id uuid,           -- a channel's event
    key_id uuid,             -- a product management system's event
    platform text,           -- of the store
    event_id text not null check (length(event_id) between 1 and 255), -- the sender's id of the delivery
    topic text not null check (length(topic) between 1 and 255),       -- the sender's name for what it is about
    headers jsonb not null default '{}' check (jsonb_typeof(headers) = 'object'), -- without signatures and keys
    body bytea not null,     -- exactly as received
    body_sha256 bytea not null,
    command jsonb,           -- what a product management system's event asks for, or {"problem"}: read at intake
    status text not null default 'received' check (status in ('received', 'processing', 'processed', 'ignored', 'failed')),
    error text,              -- why it failed
    detail text,             -- why it was ignored, or what came of it
    job_id uuid,             -- the newest that processes it
    duplicates int not null default 0, -- the same delivery again
    conflicts int not null default 0,  -- the same id with another body: refused
    conflicted_at timestamptz,
    replays int not null default 0,
    received_at timestamptz not null default now(),
    processed_at timestamptz,
    constraint webhook_events_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade,
    constraint webhook_events_key foreign key (workspace_id, key_id) references hub.webhook_keys (workspace_id, id),
    constraint webhook_events_source check ((store_id is null) <> (key_id is null) and (store_id is null) = (platform is null)),
    constraint webhook_events_ended check ((status in ('processed', 'ignored', 'failed')) = (processed_at is not null))
) with (fillfactor = 80); -- no index on what changes: updates stay HOT
create unique index webhook_events_once on hub.webhook_events (coalesce(store_id, key_id), event_id);
create index webhook_events_received on hub.webhook_events (workspace_id, received_at desc, id desc);
create index webhook_events_of_store on hub.webhook_events (workspace_id, store_id, received_at desc);

-- A nonce is good once; they are kept for longer than a timestamp is believed.
create table hub.webhook_nonces (
    key_id uuid not null,
    nonce text not null check (length(nonce) between 16 and 128),
    workspace_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (key_id, nonce),
    constraint webhook_nonces_key foreign key (workspace_id, key_id) references hub.webhook_keys (workspace_id, id) on delete cascade
);
create index webhook_nonces_created on hub.webhook_nonces (created_at);

-- How new the newest applied event of a subject (product:<sku>, inventory:<sku>) is: an older one changes nothing.
create table hub.pms_marks (
    workspace_id uuid not null references hub.workspaces (id),
    subject text not null,
    applied_at timestamptz not null,
    primary key (workspace_id, subject)
);

do $$
declare
    tenant text;
begin
    foreach tenant in array array['webhook_keys', 'webhook_events', 'webhook_nonces', 'pms_marks'] loop
        execute format('alter table hub.%I enable row level security', tenant);
        execute format('alter table hub.%I force row level security', tenant);
        execute format('create policy tenant on hub.%I using (workspace_id = (select hub.workspace()))', tenant);
    end loop;
end
$$;
create policy worker_all on hub.webhook_events to hub_worker using (true);
create policy worker_all on hub.webhook_nonces to hub_worker using (true);
create policy worker_finds on hub.webhook_keys to hub_worker using (id = (select hub.setting('hub.key'))::uuid);
create policy worker_finds_outdated on hub.webhook_keys for select to hub_worker using (previous_until < now());

grant select, insert, update on hub.webhook_keys to hub_app;
grant select on hub.webhook_events, hub.webhook_nonces, hub.pms_marks to hub_app;
-- What was received is never altered, not by a request either.
grant update (status, error, detail, job_id, replays, processed_at) on hub.webhook_events to hub_app;
grant select on hub.webhook_keys to hub_worker;
grant update (last_used_at, previous_secret, previous_until, version, updated_at) on hub.webhook_keys to hub_worker;
grant select, insert, delete on hub.webhook_events, hub.webhook_nonces to hub_worker;
grant update (status, error, detail, processed_at, duplicates, conflicts, conflicted_at) on hub.webhook_events to hub_worker;
grant select, insert, update on hub.pms_marks to hub_worker;
-- Product management systems make and remove products.
grant insert, delete on hub.products, hub.product_variants to hub_worker;

create trigger record_insert after insert on hub.webhook_keys referencing new table as new_rows
    for each statement execute function hub.record_insert('webhook_key');
create trigger record_update after update on hub.webhook_keys referencing old table as old_rows new table as new_rows
    for each statement execute function hub.record_update('webhook_key');
create trigger touch before update on hub.webhook_keys for each row
    when ((to_jsonb(old) - 'last_used_at') is distinct from (to_jsonb(new) - 'last_used_at'))
    execute function hub.touch();

create view api.webhook_keys with (security_invoker = true) as
select id, workspace_id, user_id, name,
    case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'active' end as status,
    previous_until, expires_at, revoked_at, last_used_at, version, created_at, updated_at
from hub.webhook_keys;

create view api.webhook_events with (security_invoker = true) as
select id, workspace_id, store_id, key_id, coalesce(platform, 'api') as platform, event_id, topic, status, error, detail, job_id,
    octet_length(body) as body_bytes, duplicates, conflicts, conflicted_at, replays, received_at, processed_at
from hub.webhook_events;
grant select on api.webhook_keys, api.webhook_events to hub_app, hub_worker;
