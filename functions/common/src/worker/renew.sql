-- a working worker keeps its jobs and its slot
select hub.renew($1)
