-- one invitation, without its token
select to_jsonb(i)::text from api.invitations i where i.id = ($1 ->> 'id')::uuid and i.workspace_id = hub.workspace()
