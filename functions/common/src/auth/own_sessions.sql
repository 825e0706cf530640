-- where one is signed in
select hub.own_sessions($1)::text
