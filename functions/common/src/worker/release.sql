-- the next worker need not wait for this one's slot to run out
select hub.release_worker($1)
