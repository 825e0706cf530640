-- one event with what was received: the headers without secrets, the body as it came
select (to_jsonb(v) || jsonb_build_object('headers', e.headers, 'body', r.text,
    'body_base64', case when r.text is null then translate(encode(e.body, 'base64'), E'\n', '') end))::text
from api.webhook_events v join hub.webhook_events e using (id) cross join lateral hub.readable(e.body) r (text)
where v.id = ($1 ->> 'id')::uuid
