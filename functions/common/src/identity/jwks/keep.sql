-- A fetch is over: its set is there for all instances, or, if it failed, the next one may be tried.
select hub.jwks_keep($1)
