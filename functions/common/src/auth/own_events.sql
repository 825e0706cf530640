-- what happened to one's account
select hub.own_events($1)::text
