-- seals what was recorded since the last time into the chains
select hub.seal_audit($1)
