-- another name, fewer scopes or an earlier end for a key
select hub.change_api_key($1)
