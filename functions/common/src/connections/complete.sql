-- the channel let us in: new credentials, an active store, its notifications seen to
select hub.complete_connection($1)
