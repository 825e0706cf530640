-- one store, without its credentials
select row_to_json(s)::text from api.stores s where s.id = ($1 ->> 'id')::uuid
