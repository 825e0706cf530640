-- another secret for a key; the one before stays good for a while
select hub.rotate_api_key($1)
