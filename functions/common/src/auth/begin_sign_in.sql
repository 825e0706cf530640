-- the limits of signing in, and the hash to compare with, where the address has an account
select hub.begin_sign_in($1)::text
