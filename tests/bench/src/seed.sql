-- one workspace with a team, a store, jobs to list and drafts to ask about; triggers stay silent meanwhile
set session_replication_role = replica;
insert into hub.users (id, email) values ('00000000-0000-7000-8000-000000000001', 'bench@example.com');
insert into hub.workspaces (id, slug, name) values ('00000000-0000-7000-8000-000000000002', 'bench', 'Bench');
insert into hub.members values ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'owner');
insert into hub.stores (id, workspace_id, platform, name, credentials)
values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002', 'shopify', 'Bench', 'none');
insert into hub.lanes (workspace_id, store_id) values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003');
insert into hub.jobs (workspace_id, lane_id, store_id, type, state, rank, completed_at, created_at)
select '00000000-0000-7000-8000-000000000002', min(l.id), '00000000-0000-7000-8000-000000000003', 'list_products', 'done', now(), now(),
    now() - n * interval '1 minute'
from hub.lanes l, generate_series(1, 2000) n group by n;
insert into hub.job_data (job_id, workspace_id, payload, result)
select id, workspace_id, '{"price": "12.50"}', '{"external_id": "gid://shopify/Product/1"}' from hub.jobs;
create sequence hub.bench_turn;
grant usage on sequence hub.bench_turn to hub_app;
