-- replaces the hash that was verified and ends all other sessions
select hub.finish_password_change($1)::text
