-- Signing up, in and on: what the statements of the sign-in call. All take one jsonb, in it `request`: {request_id, ip?, user_agent?}.

create function hub.auth_event(event text, user_id uuid, session_id uuid, request jsonb) returns void
language sql volatile as $$
    insert into hub.auth_events (user_id, event, session_id, request_id, ip_address, user_agent)
    values (user_id, event, session_id, request ->> 'request_id', (request ->> 'ip')::inet, request ->> 'user_agent')
$$;

-- Null, or {outcome: limited, retry_after_ms}: whether this request may go on.
create function hub.auth_limited(class text, account text, request jsonb) returns jsonb
language plpgsql volatile as $$
declare
    took jsonb := hub.take(null, class, jsonb_strip_nulls(jsonb_build_object('address', coalesce(hub.network(request ->> 'ip'), 'unknown'), 'account', account)));
begin
    if (took ->> 'ok')::boolean then
        return null;
    end if;
    return jsonb_build_object('outcome', 'limited', 'retry_after_ms', took -> 'retry_after_ms');
end
$$;

-- A person as Supabase's client knows them. Nothing proved that the address is theirs, so there is no email_confirmed_at.
create function hub.auth_user(id uuid) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', u.id, 'aud', 'authenticated', 'role', 'authenticated', 'email', u.email, 'phone', '',
        'app_metadata', jsonb_build_object('provider', 'email', 'providers', jsonb_build_array('email')),
        'user_metadata', a.metadata, 'is_anonymous', false,
        'identities', jsonb_build_array(jsonb_build_object('identity_id', u.id, 'id', u.id, 'user_id', u.id, 'provider', 'email',
            'identity_data', jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', false),
            'last_sign_in_at', a.last_sign_in_at, 'created_at', a.created_at, 'updated_at', a.updated_at)),
        'last_sign_in_at', a.last_sign_in_at, 'created_at', u.created_at, 'updated_at', a.updated_at)
    from hub.users u join hub.accounts a on a.user_id = u.id
    where u.id = auth_user.id
$$;

-- What a token is made from: {outcome: ok, session, user, signed_in_at and ends_in_s in seconds}.
create function hub.auth_session(id uuid) returns jsonb
language sql stable as $$
    select jsonb_build_object('outcome', 'ok', 'session', s.id, 'user', hub.auth_user(s.user_id),
        'signed_in_at', extract(epoch from s.created_at)::bigint, 'ends_in_s', greatest(0, extract(epoch from s.expires_at - now()))::bigint)
    from hub.sessions s where s.id = auth_session.id
$$;

-- Thirty days without use, ninety in all.
create function hub.session_end(created_at timestamptz) returns timestamptz
language sql stable parallel safe as $$
    select least(created_at + interval '90 days', now() + interval '30 days')
$$;

-- Forgets what has been over for long, a little with each sign-in and one at a time, so that nobody has to come and sweep.
create function hub.forget_sessions() returns void
language plpgsql volatile as $$
begin
    if not pg_try_advisory_xact_lock(hashtext('hub.forget_sessions')) then
        return;
    end if;
    delete from hub.sessions where id in (select id from hub.sessions
        where coalesce(ended_at, expires_at) < now() - interval '90 days' order by coalesce(ended_at, expires_at) limit 20);
    delete from hub.auth_events where id in (select id from hub.auth_events
        where created_at < now() - interval '400 days' order by created_at limit 100);
end
$$;
create index sessions_over on hub.sessions (coalesce(ended_at, expires_at));

create function hub.end_session(id uuid, event text, request jsonb) returns void
language sql volatile as $$
    with ended as (
        update hub.sessions s set ended_at = now() where s.id = end_session.id and s.ended_at is null returning s.id, s.user_id
    )
    select hub.auth_event(event, e.user_id, e.id, request) from ended e
$$;

-- Always a new session, whatever the caller brought along. Of more than a hundred, those that were not used for longest end.
create function hub.open_session(args jsonb, user_id uuid, event text) returns jsonb
language plpgsql volatile as $$
declare
    made uuid := (args ->> 'session')::uuid;
begin
    insert into hub.sessions (id, user_id, expires_at, ip, user_agent)
    values (made, user_id, hub.session_end(now()), (args #>> '{request,ip}')::inet, args #>> '{request,user_agent}');
    insert into hub.refresh_tokens (hash, session_id) values (decode(args ->> 'refresh_hash', 'hex'), made);
    perform hub.auth_event(event, user_id, made, args -> 'request');
    perform hub.end_session(s.id, 'session_ended', args -> 'request')
    from (select o.id from hub.sessions o where o.user_id = open_session.user_id and o.ended_at is null
          order by o.used_at desc, o.id desc offset 100) s;
    perform hub.forget_sessions();
    return hub.auth_session(made);
end
$$;

-- {email}: the limits, then {outcome: ok, user?, hash?}; both are missing where there is no such account.
create function hub.begin_sign_in(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    found_user uuid;
    found_hash text;
    at text := coalesce(hub.network(args #>> '{request,ip}'), 'unknown');
    bucket text := encode(sha256(convert_to(args ->> 'email', 'UTF8')), 'hex');
begin
    select u.id, a.password_hash into found_user, found_hash
    from hub.users u join hub.accounts a on a.user_id = u.id
    where u.issuer is null and u.email = args ->> 'email';
    if exists (select from hub.sessions s where s.user_id = found_user and hub.network(host(s.ip)) = at) then
        bucket := bucket || '@' || at;
    end if;
    return coalesce(hub.auth_limited('sign-in', bucket, args -> 'request'),
        jsonb_strip_nulls(jsonb_build_object('outcome', 'ok', 'user', found_user, 'hash', found_hash)));
end
$$;

-- {user, hash (the one that was verified), new_hash?, session, refresh_hash}; nothing happens when the password was changed meanwhile.
create function hub.finish_sign_in(args jsonb) returns jsonb
language plpgsql volatile as $$
begin
    update hub.accounts a
    set last_sign_in_at = now(), password_hash = coalesce(args ->> 'new_hash', a.password_hash)
    where a.user_id = (args ->> 'user')::uuid and a.password_hash = args ->> 'hash';
    if not found then
        return '{"outcome": "refused"}';
    end if;
    return hub.open_session(args, (args ->> 'user')::uuid, 'signed_in');
end
$$;

-- {user?}: null where the address has no account.
create function hub.fail_sign_in(args jsonb) returns jsonb
language sql volatile as $$
    select hub.auth_event('sign_in_failed', (args ->> 'user')::uuid, null, args -> 'request');
    select '{"outcome": "ok"}'::jsonb
$$;

create function hub.limit_sign_up(args jsonb) returns jsonb
language sql volatile as $$
    select coalesce(hub.auth_limited('sign-up', null, args -> 'request'), '{"outcome": "ok"}')
$$;

-- {email, hash, metadata, session, refresh_hash} → a session, or {outcome: exists}.
create function hub.sign_up(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    made uuid;
begin
    insert into hub.users (email) values (args ->> 'email')
    on conflict (email) where issuer is null do nothing
    returning id into made;
    if made is null then
        return '{"outcome": "exists"}';
    end if;
    insert into hub.accounts (user_id, password_hash, metadata) values (made, args ->> 'hash', coalesce(args -> 'metadata', '{}'));
    return hub.open_session(args, made, 'signed_up');
end
$$;

-- {hash, salt, next_hash} → the session and `salt`, with which the caller makes the next token out of the one that it has.
-- The token before may come again for ten seconds, while its successor is unused: an answer was lost, or two windows asked at once.
-- Both get the same successor. Any other token that comes twice was stolen from one of the two who have it: the session ends.
create function hub.refresh(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    presented bytea := decode(args ->> 'hash', 'hex');
    session hub.sessions;
    token hub.refresh_tokens;
    limited jsonb := hub.auth_limited('refresh', null, args -> 'request');
begin
    if limited is not null then
        return limited;
    end if;
    select s.* into session from hub.sessions s
    where s.id = (select t.session_id from hub.refresh_tokens t where t.hash = presented) for update;
    if session.id is null or session.ended_at is not null then
        return '{"outcome": "not_found"}';
    elsif session.expires_at <= now() then
        return '{"outcome": "expired"}';
    end if;
    -- Read now that the session is ours: another request may just have exchanged it.
    select t.* into token from hub.refresh_tokens t where t.hash = presented;
    if token.used_at is null then
        token.salt := decode(args ->> 'salt', 'hex');
        update hub.refresh_tokens t set used_at = now(), salt = token.salt where t.hash = presented;
        update hub.refresh_tokens t set salt = null where t.hash = token.parent;
        insert into hub.refresh_tokens (hash, session_id, parent) values (decode(args ->> 'next_hash', 'hex'), session.id, presented);
        update hub.sessions s set used_at = now(), expires_at = hub.session_end(s.created_at),
            ip = coalesce((args #>> '{request,ip}')::inet, s.ip), user_agent = coalesce(args #>> '{request,user_agent}', s.user_agent)
        where s.id = session.id;
    elsif token.used_at <= now() - interval '10 seconds'
        or not exists (select from hub.refresh_tokens t where t.parent = presented and t.session_id = session.id and t.used_at is null) then
        perform hub.end_session(session.id, 'refresh_reused', args -> 'request');
        return '{"outcome": "reused"}';
    end if;
    return hub.auth_session(session.id) || jsonb_build_object('salt', encode(token.salt, 'hex'));
end
$$;
