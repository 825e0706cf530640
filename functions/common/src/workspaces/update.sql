-- changes a workspace's name and origins (migrations: hub.change_workspace)
select hub.change_workspace($1)
