-- one job with its log, oldest first
select (to_jsonb(j) || jsonb_build_object('logs', coalesce((
    select jsonb_agg(to_jsonb(l) - 'job_id' order by l.id) from (
        select * from api.job_logs where job_id = j.id order by id desc limit 200) l), '[]')))::text
from api.jobs j where j.id = ($1 ->> 'id')::uuid
