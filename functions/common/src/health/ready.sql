-- that Postgres answers at all, and what the newest migration that this build needs has made
select (to_regclass('api.jobs') is not null and to_regprocedure('hub.serve(jsonb, text, jsonb)') is not null)::text
