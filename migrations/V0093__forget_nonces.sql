-- Nonces of signed requests go when their signatures have expired for everybody's clock.

-- At most `most` of them; answers how many. A signature is refused half a minute after its end: the hour is for clocks of
-- instances that are late against the database's.
create function hub.forget_signature_nonces(most int) returns int
language plpgsql volatile as $$
declare
    forgotten int;
begin
    delete from hub.api_key_nonces n using (
        select key_id, nonce from hub.api_key_nonces where expires_at < now() - interval '1 hour'
        order by expires_at limit most) old
    where (n.key_id, n.nonce) = (old.key_id, old.nonce);
    get diagnostics forgotten = row_count;
    return forgotten;
end
$$;
revoke execute on function hub.forget_signature_nonces(int) from public;
grant execute on function hub.forget_signature_nonces(int) to hub_worker;
