-- what has to be done now and then: expired leases, drifted lanes, retention, nonces that nobody can use again
select (hub.maintain($1)::jsonb
    || jsonb_build_object('signature_nonces_removed', hub.forget_signature_nonces(coalesce(($1 ->> 'batch')::int, 1000) * 50)))::text
