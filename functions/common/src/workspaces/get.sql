-- the workspace of the session, when it is the one that the path names
select hub.show_workspace()::text where hub.workspace() = ($1 ->> 'id')::uuid
