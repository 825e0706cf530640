-- an account with its first session, or that the address has one
select hub.sign_up($1)::text
