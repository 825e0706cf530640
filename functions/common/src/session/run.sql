-- one request, one round trip: membership, context, idempotency and the statement itself
select hub.run($1, $2, $3)
