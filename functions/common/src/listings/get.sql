-- one listing
select row_to_json(l)::text from api.listings l where l.id = ($1 ->> 'id')::uuid
