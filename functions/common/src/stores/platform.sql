-- which channel a store is on
select platform from hub.stores where id = ($1 ->> 'id')::uuid
