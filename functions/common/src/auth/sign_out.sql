-- ends this session, all others, or all
select hub.sign_out($1)::text
