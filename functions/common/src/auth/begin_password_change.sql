-- the hash that was, and whether the session is young enough to replace it unasked
select hub.begin_password_change($1)::text
