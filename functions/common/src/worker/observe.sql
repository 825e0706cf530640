-- what became of a request to a store's channel
select hub.observe($1)
