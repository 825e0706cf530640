-- a way in that works once: the state is kept as its hash, the verifier sealed
with made as (
    insert into hub.connections (id, workspace_id, store_id, user_id, state_hash, verifier, redirect_uri)
    values (($1 ->> 'id')::uuid, hub.workspace(), ($1 ->> 'store_id')::uuid, hub.user_id(), $1 ->> 'state_hash', $1 ->> 'verifier',
            $1 ->> 'redirect_uri')
    returning expires_at
)
select json_build_object('outcome', 'ok', 'row', row_to_json(made))::text from made
