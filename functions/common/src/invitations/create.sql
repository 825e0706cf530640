-- makes an invitation; the database gets the token's hash only (migrations: hub.invite)
select hub.invite($1)
