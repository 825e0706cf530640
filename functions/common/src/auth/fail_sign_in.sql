-- a wrong password is remembered for the account's owner; an address without an account costs the same
select hub.fail_sign_in($1)::text
