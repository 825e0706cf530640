-- what an account says of itself
select hub.describe_account($1)::text
