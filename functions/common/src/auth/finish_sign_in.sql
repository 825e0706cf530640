-- opens a session, unless the password was changed since it was verified
select hub.finish_sign_in($1)::text
