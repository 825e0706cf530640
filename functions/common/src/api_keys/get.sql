-- one key, without anything of its secret
select to_jsonb(k)::text from api.api_keys k where k.id = ($1 ->> 'id')::uuid
