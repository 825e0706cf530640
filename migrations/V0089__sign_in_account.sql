-- What somebody who is signed in does with their own account: {user, session, request, …}; {outcome: no_session} once that has ended.

create function hub.session_lives(args jsonb) returns boolean
language sql stable as $$
    select exists (select from hub.sessions s where s.id = (args ->> 'session')::uuid and s.user_id = (args ->> 'user')::uuid
        and s.ended_at is null and s.expires_at > now())
$$;

-- Null, or why this request goes no further: its session, or how often its user and address ask.
create function hub.account_refused(args jsonb, class text) returns jsonb
language plpgsql volatile as $$
declare
    took jsonb := hub.take(null, class, jsonb_build_object('user', args ->> 'user', 'address', coalesce(hub.network(args #>> '{request,ip}'), 'unknown')));
begin
    if not (took ->> 'ok')::boolean then
        return jsonb_build_object('outcome', 'limited', 'retry_after_ms', took -> 'retry_after_ms');
    elsif not hub.session_lives(args) then
        return '{"outcome": "no_session"}';
    end if;
    return null;
end
$$;

create function hub.account(args jsonb) returns jsonb
language sql volatile as $$
    select coalesce(hub.account_refused(args, 'read'), jsonb_build_object('outcome', 'ok', 'user', hub.auth_user((args ->> 'user')::uuid)))
$$;

-- {data}: its members replace those of the same name; null takes one away.
create function hub.describe_account(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    refused jsonb := hub.account_refused(args, 'write');
begin
    if refused is not null then
        return refused;
    end if;
    update hub.accounts a set metadata = (
            select coalesce(jsonb_object_agg(m.key, m.value), '{}') from jsonb_each(a.metadata || (args -> 'data')) m where m.value <> 'null'),
        updated_at = now()
    where a.user_id = (args ->> 'user')::uuid;
    return jsonb_build_object('outcome', 'ok', 'user', hub.auth_user((args ->> 'user')::uuid));
exception when check_violation then
    return '{"outcome": "too_large"}';
end
$$;

-- → {outcome: ok, hash, recent: whether the session began within a day}. Limited as a sign-in is: here a password can be guessed too.
create function hub.begin_password_change(args jsonb) returns jsonb
language sql volatile as $$
    select coalesce(hub.account_refused(args, 'write'), hub.auth_limited('sign-in', 'user:' || (args ->> 'user'), args -> 'request'),
        (select jsonb_build_object('outcome', 'ok', 'hash', a.password_hash, 'email', u.email, 'recent', s.created_at > now() - interval '1 day')
         from hub.accounts a join hub.users u on u.id = a.user_id, hub.sessions s
         where a.user_id = (args ->> 'user')::uuid and s.id = (args ->> 'session')::uuid))
$$;

-- {hash (the one that was), new_hash}: all other sessions end. {outcome: conflict} when it was changed meanwhile.
create function hub.finish_password_change(args jsonb) returns jsonb
language plpgsql volatile as $$
begin
    if not hub.session_lives(args) then
        return '{"outcome": "no_session"}';
    end if;
    update hub.accounts a set password_hash = args ->> 'new_hash', password_changed_at = now(), updated_at = now()
    where a.user_id = (args ->> 'user')::uuid and a.password_hash = args ->> 'hash';
    if not found then
        return '{"outcome": "conflict"}';
    end if;
    perform hub.auth_event('password_changed', (args ->> 'user')::uuid, (args ->> 'session')::uuid, args -> 'request');
    perform hub.end_session(s.id, 'session_ended', args -> 'request')
    from hub.sessions s where s.user_id = (args ->> 'user')::uuid and s.id <> (args ->> 'session')::uuid and s.ended_at is null;
    return jsonb_build_object('outcome', 'ok', 'user', hub.auth_user((args ->> 'user')::uuid));
end
$$;

-- {scope: global | local | others}, of {user, session} or of the session that a refresh token (`hash`) belongs to.
create function hub.sign_out(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    own hub.sessions;
begin
    select s.* into own from hub.sessions s
    where case when args ? 'hash' then s.id = (select t.session_id from hub.refresh_tokens t where t.hash = decode(args ->> 'hash', 'hex'))
        else s.id = (args ->> 'session')::uuid and s.user_id = (args ->> 'user')::uuid end;
    if own.id is null or own.ended_at is not null then
        return '{"outcome": "no_session"}';
    end if;
    perform hub.end_session(s.id, case when s.id = own.id then 'signed_out' else 'session_ended' end, args -> 'request')
    from hub.sessions s
    where s.user_id = own.user_id and s.ended_at is null
      and case args ->> 'scope' when 'global' then true when 'local' then s.id = own.id else s.id <> own.id end;
    return '{"outcome": "ok"}';
end
$$;

create function hub.own_sessions(args jsonb) returns jsonb
language sql volatile as $$
    select coalesce(hub.account_refused(args, 'read'), (
        select jsonb_build_object('outcome', 'ok', 'count', count(*), 'data', coalesce(jsonb_agg(jsonb_build_object('id', s.id,
            'current', s.id = (args ->> 'session')::uuid, 'ip_address', host(s.ip), 'user_agent', s.user_agent,
            'created_at', s.created_at, 'used_at', s.used_at, 'expires_at', s.expires_at) order by s.used_at desc, s.id desc), '[]'))
        from hub.sessions s
        where s.user_id = (args ->> 'user')::uuid and s.ended_at is null and s.expires_at > now()))
$$;

-- {id}: one of one's own.
create function hub.end_own_session(args jsonb) returns jsonb
language plpgsql volatile as $$
declare
    refused jsonb := hub.account_refused(args, 'write');
    wanted uuid;
begin
    if refused is not null then
        return refused;
    end if;
    select s.id into wanted from hub.sessions s
    where s.id = (args ->> 'id')::uuid and s.user_id = (args ->> 'user')::uuid and s.ended_at is null;
    if wanted is null then
        return '{"outcome": "not_found"}';
    end if;
    perform hub.end_session(wanted, 'session_ended', args -> 'request');
    return '{"outcome": "ok"}';
end
$$;

create function hub.own_events(args jsonb) returns jsonb
language sql volatile as $$
    select coalesce(hub.account_refused(args, 'read'), (
        select jsonb_build_object('outcome', 'ok', 'count', count(*), 'data', coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'event', e.event,
            'session_id', e.session_id, 'request_id', e.request_id, 'ip_address', host(e.ip_address), 'user_agent', e.user_agent,
            'created_at', e.created_at) order by e.created_at desc, e.id desc), '[]'))
        from (select * from hub.auth_events where user_id = (args ->> 'user')::uuid order by created_at desc, id desc limit 100) e))
$$;
