-- ends one of one's own sessions
select hub.end_own_session($1)::text
