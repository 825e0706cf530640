-- whose notifications come to an address, and the sealed secrets that sign them
select hub.webhook_target($1)
