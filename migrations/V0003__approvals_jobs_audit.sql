-- Requests for what would reach a channel, the queue that executes them, and the record of everything.
create table hub.approvals (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid not null references hub.users (id), -- who asks
    resource_type text not null check (resource_type in ('listing', 'product', 'store')),
    resource_id uuid not null,
    resource_version int not null, -- of the resource when it was asked: approval is refused when it moved on
    product_version int,           -- of a listing's product, for the same reason
    action text not null check (action in ('create', 'update', 'delete', 'publish')),
    payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
    status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'expired')),
    reviewed_by uuid references hub.users (id),
    reviewed_at timestamptz,
    comments text check (length(comments) <= 2000),
    review_comments text check (length(review_comments) <= 2000),
    expires_at timestamptz not null default now() + interval '7 days',
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint approvals_tenant_key unique (workspace_id, id),
    constraint approvals_four_eyes check (reviewed_by is null or reviewed_by <> user_id),
    constraint approvals_decided check ((status in ('approved', 'rejected')) = (reviewed_by is not null)),
    constraint approvals_reviewed_at check ((reviewed_by is null) = (reviewed_at is null))
);
create index approvals_created on hub.approvals (workspace_id, created_at desc, id desc);
create index approvals_status on hub.approvals (workspace_id, status, created_at desc);
create index approvals_resource on hub.approvals (workspace_id, resource_type, resource_id);
create index approvals_user on hub.approvals (workspace_id, user_id, created_at desc);
create index approvals_expiry on hub.approvals (expires_at) where status = 'pending';
-- One open question per resource and action: a second request would be decided blindly.
create unique index approvals_one_pending on hub.approvals (workspace_id, resource_type, resource_id, action)
    where status = 'pending';

create table hub.approval_history (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    approval_id uuid not null,
    user_id uuid, -- null: the clock (expiry)
    from_status text,
    to_status text not null,
    comments text,
    created_at timestamptz not null default now(),
    constraint approval_history_approval foreign key (workspace_id, approval_id) references hub.approvals (workspace_id, id)
);
create index approval_history_approval on hub.approval_history (approval_id, created_at);

-- A lane is the unit of fairness and limits: one per (store, queue); without a store one per workspace.
create table hub.lanes (
    id int generated always as identity primary key,
    workspace_id uuid not null references hub.workspaces (id),
    store_id uuid,
    queue text not null default 'default',
    paused boolean not null default false,
    max_running int not null default 4 check (max_running >= 0),
    running int not null default 0 check (running >= 0),
    emission interval not null default '0', -- GCRA: 1/rate
    burst interval not null default '0',    -- GCRA: (burst - 1)/rate
    tat timestamptz not null default '-infinity',
    blocked_until timestamptz not null default '-infinity', -- the channel said Retry-After
    served_at timestamptz not null default '-infinity',
    constraint lanes_key unique nulls not distinct (workspace_id, store_id, queue),
    constraint lanes_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
) with (fillfactor = 50); -- no index on mutable columns: updates stay HOT

-- Narrow and hot; payload, result and error live in job_data, the story in job_logs.
create table hub.jobs (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    lane_id int not null references hub.lanes (id) on delete cascade,
    store_id uuid,
    listing_id uuid,
    approval_id uuid,
    type text not null check (type ~ '^[a-z][a-z_]{0,62}$'),
    state text not null default 'ready' check (state in ('scheduled', 'ready', 'running', 'done', 'dead', 'cancelled')),
    priority smallint not null default 0 check (priority between -100 and 100),
    run_at timestamptz not null default now(),
    rank timestamptz not null, -- run_at less priority steps: ageing without updates
    lease_seq int not null default 0, -- fencing token: only ever rises, also across requeue
    attempts smallint not null default 0 check (attempts >= 0),
    max_attempts smallint not null default 12 check (max_attempts between 1 and 100),
    lease_until timestamptz,
    cancel_requested boolean not null default false,
    unique_key text check (length(unique_key) <= 255),
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz not null default now(),
    constraint jobs_tenant_key unique (workspace_id, id),
    constraint jobs_leased check ((state = 'running') = (lease_until is not null)),
    constraint jobs_ended check ((state in ('done', 'dead', 'cancelled')) = (completed_at is not null)),
    constraint jobs_approval foreign key (workspace_id, approval_id) references hub.approvals (workspace_id, id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index jobs_ready on hub.jobs (lane_id, rank, id) where state = 'ready';
create index jobs_lease on hub.jobs (lease_until) where state = 'running';
create index jobs_scheduled on hub.jobs (run_at) where state = 'scheduled';
create index jobs_ended_at on hub.jobs (completed_at) where state in ('done', 'dead', 'cancelled');
create unique index jobs_unique_key on hub.jobs (workspace_id, unique_key)
    where unique_key is not null and state in ('scheduled', 'ready', 'running');
create index jobs_created on hub.jobs (workspace_id, created_at desc, id desc);
-- The API's words for the states (api.jobs), as the index knows them.
create index jobs_status on hub.jobs (workspace_id, (case state when 'scheduled' then 'pending' when 'ready' then 'pending'
    when 'running' then 'running' when 'done' then 'completed' when 'dead' then 'failed' else 'cancelled' end), created_at desc);
create index jobs_type on hub.jobs (workspace_id, type, created_at desc);
create index jobs_store on hub.jobs (workspace_id, store_id, created_at desc);
create index jobs_approval on hub.jobs (approval_id) where approval_id is not null;

create table hub.job_data (
    job_id uuid primary key references hub.jobs (id) on delete cascade,
    workspace_id uuid not null,
    user_id uuid,
    payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
    result jsonb,
    error text
);

create table hub.job_logs (
    id bigint generated always as identity primary key,
    job_id uuid not null references hub.jobs (id) on delete cascade,
    workspace_id uuid not null,
    attempt smallint not null default 0,
    event text not null, -- created, claimed, completed, failed, retried, lease_expired, cancelled, requested, …
    message text,
    data jsonb,
    created_at timestamptz not null default clock_timestamp()
);
create index job_logs_job on hub.job_logs (job_id, id);

-- At most worker_max workers hold a slot at once; a slot whose lease ran out is free again.
create table hub.worker_slots (
    slot int primary key,
    holder uuid not null,
    lease_until timestamptz not null
);

create table hub.idempotency_keys (
    workspace_id uuid not null,
    user_id uuid not null,
    key text not null check (length(key) between 1 and 255),
    fingerprint text not null, -- of method, path and body: the same key for another request is refused
    answer text,
    created_at timestamptz not null default now(),
    primary key (workspace_id, user_id, key)
);
create index idempotency_keys_created on hub.idempotency_keys (created_at);

-- Written by triggers from the row's old and new image and the statement's context; never changed again.
create table hub.audit_logs (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    user_id uuid,
    actor text not null, -- user, job-worker, approval-expiry, …
    action text not null check (action in ('create', 'update', 'delete')),
    resource_type text not null,
    resource_id uuid,
    changes jsonb not null default '{}', -- {field: {from, to}}
    request_id text,
    ip_address inet,
    user_agent text,
    txid xid8 not null default pg_current_xact_id(),
    created_at timestamptz not null default clock_timestamp()
);
create index audit_logs_created on hub.audit_logs (workspace_id, created_at desc, id desc);
create index audit_logs_resource on hub.audit_logs (workspace_id, resource_type, resource_id, created_at desc);
create index audit_logs_user on hub.audit_logs (workspace_id, user_id, created_at desc);
create index audit_logs_request on hub.audit_logs (workspace_id, request_id);
