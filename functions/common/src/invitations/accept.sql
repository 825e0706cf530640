-- makes the caller a member, once (migrations: hub.accept_invitation)
select hub.accept_invitation($1)
