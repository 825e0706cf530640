-- Stores, products with options and variants, listings. Every reference carries workspace_id, so that no
-- row can point into another workspace even if a statement forgets its filter.
create table hub.stores (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid references hub.users (id),
    platform text not null check (platform ~ '^[a-z][a-z0-9-]{0,31}$'),
    name text not null check (length(name) between 1 and 200),
    credentials text not null, -- sealed: key id, nonce and ciphertext; never plain
    config jsonb not null default '{}' check (jsonb_typeof(config) = 'object'),
    status text not null default 'active' check (status in ('active', 'disconnected', 'error')),
    status_reason text,
    last_synced_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint stores_tenant_key unique (workspace_id, id),
    constraint stores_name_key unique (workspace_id, platform, name)
);
create index stores_created on hub.stores (workspace_id, created_at desc, id desc);
create index stores_status on hub.stores (workspace_id, status);

create table hub.products (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null references hub.workspaces (id),
    user_id uuid references hub.users (id),
    handle text check (length(handle) between 1 and 255),
    sku text not null check (length(sku) between 1 and 100),
    title text not null check (length(title) between 1 and 255),
    description text not null default '' check (length(description) <= 65535),
    vendor text not null default '' check (length(vendor) <= 255),
    product_type text not null default '' check (length(product_type) <= 255),
    images jsonb not null default '[]' check (jsonb_typeof(images) = 'array'),   -- [{src, alt, position}]
    options jsonb not null default '[]' check (jsonb_typeof(options) = 'array'), -- [{name, values:[text]}]
    tags text[] not null default '{}',
    seo jsonb not null default '{}' check (jsonb_typeof(seo) = 'object'),        -- {title, description}
    status text not null default 'draft' check (status in ('draft', 'staged', 'published')),
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint products_tenant_key unique (workspace_id, id),
    constraint products_sku_key unique (workspace_id, sku),
    constraint products_handle_key unique (workspace_id, handle)
);
create index products_created on hub.products (workspace_id, created_at desc, id desc);
create index products_status on hub.products (workspace_id, status, created_at desc);
create index products_vendor on hub.products (workspace_id, vendor);
create index products_tags on hub.products using gin (tags);

-- A product without options has exactly one variant, whose option_values are empty.
create table hub.product_variants (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    product_id uuid not null,
    sku text not null check (length(sku) between 1 and 100),
    position int not null default 1 check (position >= 1),
    option_values text[] not null default '{}' check (cardinality(option_values) <= 3),
    price_minor bigint check (price_minor >= 0),
    compare_at_price_minor bigint check (compare_at_price_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    inventory int not null default 0,  -- may fall below zero: oversold is a fact, not an error
    inventory_policy text not null default 'deny' check (inventory_policy in ('deny', 'continue')),
    inventory_tracked boolean not null default true,
    barcode text check (length(barcode) <= 100),
    weight_grams int check (weight_grams >= 0),
    requires_shipping boolean not null default true,
    taxable boolean not null default true,
    image_src text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint product_variants_product foreign key (workspace_id, product_id)
        references hub.products (workspace_id, id) on delete cascade,
    constraint product_variants_tenant_key unique (workspace_id, id),
    constraint product_variants_sku_key unique (workspace_id, sku),
    constraint product_variants_options_key unique (product_id, option_values)
);
create index product_variants_product_position on hub.product_variants (product_id, position);

create table hub.listings (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    user_id uuid references hub.users (id),
    product_id uuid not null,
    store_id uuid not null,
    external_id text check (length(external_id) between 1 and 255), -- the channel's id, once it shows the product
    price_minor bigint not null check (price_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    inventory int not null default 0,
    status text not null default 'draft'
        check (status in ('draft', 'submitted', 'active', 'inactive', 'out_of_stock')),
    platform_data jsonb not null default '{}' check (jsonb_typeof(platform_data) = 'object'),
    synced_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint listings_product foreign key (workspace_id, product_id) references hub.products (workspace_id, id),
    constraint listings_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id),
    constraint listings_tenant_key unique (workspace_id, id),
    constraint listings_external_key unique (store_id, external_id),
    constraint listings_product_store_key unique (product_id, store_id),
    constraint listings_shown_has_external_id check (status not in ('active', 'out_of_stock') or external_id is not null)
);
create index listings_created on hub.listings (workspace_id, created_at desc, id desc);
create index listings_store on hub.listings (workspace_id, store_id, status);
create index listings_status on hub.listings (workspace_id, status, created_at desc);

-- Every change of a quantity, written by triggers.
create table hub.inventory_logs (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    product_id uuid,
    variant_id uuid,
    listing_id uuid,
    quantity_before int not null,
    quantity_after int not null,
    reason text not null,
    user_id uuid,
    request_id text,
    created_at timestamptz not null default now()
);
create index inventory_logs_product on hub.inventory_logs (workspace_id, product_id, created_at desc);
create index inventory_logs_listing on hub.inventory_logs (workspace_id, listing_id, created_at desc);

-- What was exchanged with a store and how it ended.
create table hub.sync_logs (
    id uuid primary key default hub.uuid7(),
    workspace_id uuid not null,
    store_id uuid not null,
    job_id uuid,
    operation text not null,
    status text not null check (status in ('completed', 'failed', 'retrying')),
    detail jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint sync_logs_store foreign key (workspace_id, store_id) references hub.stores (workspace_id, id) on delete cascade
);
create index sync_logs_store_created on hub.sync_logs (workspace_id, store_id, created_at desc);
