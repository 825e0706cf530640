-- exchanges a refresh token once; one that comes again ends its session
select hub.refresh($1)::text
