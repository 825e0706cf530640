-- who is signed in, as long as the session lives
select hub.account($1)::text
