-- the limits of signing up, before a hash is worth its processor time
select hub.limit_sign_up($1)::text
