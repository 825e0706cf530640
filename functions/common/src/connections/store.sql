-- what connecting a store begins with; its credentials stay sealed
select json_build_object('id', s.id, 'workspace_id', s.workspace_id, 'platform', s.platform, 'name', s.name, 'config', s.config,
    'credentials', s.credentials)::text
from hub.stores s where s.id = ($1 ->> 'id')::uuid
