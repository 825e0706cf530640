-- founds a workspace (migrations: hub.found_workspace)
select hub.found_workspace($1)
