-- one request, one round trip: who asks, how often, where, may they, idempotency, the statement itself
select hub.serve($1, $2, $3)
