-- what became of a worker's jobs, each fenced by its lease
select hub.settle($1)
