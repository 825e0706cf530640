-- removes a member, or lets the caller leave (migrations: hub.remove_member)
select hub.remove_member($1)
