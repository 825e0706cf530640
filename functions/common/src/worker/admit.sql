-- whether and when a request to a store's channel may be sent
select hub.admit($1)
