-- the id of the caller's workspace, whatever name the request gave it
select hub.workspace()::text
