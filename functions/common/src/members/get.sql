-- one member of the session's workspace
select to_jsonb(m)::text from api.members m where m.id = ($1 ->> 'id')::uuid
