-- one key, without its secret
select to_jsonb(k)::text from api.webhook_keys k where k.id = ($1 ->> 'id')::uuid
