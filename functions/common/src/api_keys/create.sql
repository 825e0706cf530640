-- a key with the hash of its secret, within the rights of who makes it
select hub.create_api_key($1)
