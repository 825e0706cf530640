-- the sealed secrets of a product management system's key
select hub.webhook_key($1)
