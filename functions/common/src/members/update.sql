-- gives a member another role (migrations: hub.change_member)
select hub.change_member($1)
