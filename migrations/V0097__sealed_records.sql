-- What is sealed lies in envelopes, v2.<key id>.<wrapped data key>.<nonce>.<ciphertext>: the key around a record can be replaced
-- while the record stays. Such a replacement is no change of the row: no version, no audit, no new date of the credentials.

-- What stays: nonce and ciphertext. Of the first form, v1.<key id>.<nonce>.<ciphertext>, all of it.
create function hub.sealed_record(sealed text) returns text
language sql immutable parallel safe as $$
    select coalesce(substring(sealed from '^v2\.[^.]*\.[^.]*\.(.*)$'), sealed)
$$;

-- Form and key of a sealed value, as v2.<key id>; empty for what is not sealed. Looked at for every value at once: with a
-- regular expression this takes ten times as long.
create function hub.seal_of(sealed text) returns text
language sql immutable parallel safe as $$
    select case when (sealed like 'v1.%' or sealed like 'v2.%') and split_part(left(sealed, 70), '.', 3) <> ''
        then left(sealed, 3) || split_part(left(sealed, 70), '.', 2) else '' end
$$;

-- Whether two values of a column are one record. That of the first form is sealed anew by hub.store_rewrapped alone, which
-- says so for as long.
create function hub.same_record(before text, after text) returns boolean
language sql stable parallel safe as $$
    select before is not distinct from after
        or coalesce(before like 'v2.%' and after like 'v2.%' and hub.sealed_record(before) = hub.sealed_record(after), false)
        or coalesce(before like 'v1.%' and after like 'v2.%' and hub.setting('hub.resealing') = 'on', false)
$$;

-- As before, of the record: a renewal under way is not disturbed by another key around it.
create or replace function hub.fingerprint(sealed text) returns text
language sql immutable parallel safe as $$
    select encode(sha256(convert_to(hub.sealed_record(sealed), 'UTF8')), 'hex')
$$;

-- As before; a sealed field whose record is the same is no difference.
create or replace function hub.difference(before jsonb, after jsonb) returns jsonb
language sql stable parallel safe as $$
    select coalesce(jsonb_object_agg(key, case when key in ('credentials', 'previous_credentials', 'secret', 'previous_secret', 'verifier')
            then '{"from": "[redacted]", "to": "[redacted]"}'::jsonb
            else jsonb_build_object('from', before -> key, 'to', after -> key) end), '{}')
    from (select jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) as key) keys
    where before -> key is distinct from after -> key
      and coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')
      and key not in ('id', 'workspace_id', 'created_at', 'updated_at', 'version', 'content_version', 'last_webhook_at', 'last_used_at',
          'seen_at', 'webhooks', 'orders_read_until', 'orders_asked_at', 'credentials_at')
      and not (key in ('credentials', 'previous_credentials', 'secret', 'previous_secret', 'verifier')
          and hub.same_record(before ->> key, after ->> key))
$$;

drop trigger touch on hub.stores;
create trigger touch before update on hub.stores for each row
    when ((to_jsonb(old) - '{last_webhook_at,webhooks,orders_read_until,orders_asked_at,credentials,previous_credentials}'::text[])
            is distinct from
          (to_jsonb(new) - '{last_webhook_at,webhooks,orders_read_until,orders_asked_at,credentials,previous_credentials}'::text[])
        or not hub.same_record(old.credentials, new.credentials)
        or not hub.same_record(old.previous_credentials, new.previous_credentials))
    execute function hub.touch();

drop trigger date_credentials on hub.stores;
create trigger date_credentials before update on hub.stores for each row
    when (not hub.same_record(old.credentials, new.credentials)) execute function hub.date_credentials();

drop trigger touch on hub.webhook_keys;
create trigger touch before update on hub.webhook_keys for each row
    when ((to_jsonb(old) - '{last_used_at,secret,previous_secret}'::text[]) is distinct from
          (to_jsonb(new) - '{last_used_at,secret,previous_secret}'::text[])
        or not hub.same_record(old.secret, new.secret)
        or not hub.same_record(old.previous_secret, new.previous_secret))
    execute function hub.touch();

grant execute on function hub.sealed_record(text), hub.seal_of(text), hub.same_record(text, text), hub.fingerprint(text),
    hub.difference(jsonb, jsonb) to hub_app, hub_worker;
