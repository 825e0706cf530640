-- takes an invitation back (migrations: hub.revoke_invitation)
select hub.revoke_invitation($1)
