-- one request with its history
select (to_jsonb(a) || jsonb_build_object('history', coalesce((
    select jsonb_agg(to_jsonb(h) - 'approval_id' order by h.created_at, h.id) from api.approval_history h where h.approval_id = a.id), '[]')))::text
from api.approvals a where a.id = ($1 ->> 'id')::uuid
