-- one entry of the record
select row_to_json(a)::text from api.audit_logs a where a.id = ($1 ->> 'id')::uuid
