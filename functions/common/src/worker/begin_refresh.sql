-- the right to renew a store's token: one at a time
select hub.begin_refresh($1)
