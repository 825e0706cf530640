-- The door for requests: who asks, how often they may, in which workspace, and the answer, in one round trip.

-- Whether the caller of `context` may what it needs; if so, the context of row level security and of the record is set.
-- Without a workspace (need: personal) a person acts for nobody but themselves.
create function hub.enter(context jsonb) returns boolean
language plpgsql volatile as $$
declare
    member record;
    wanted text := context ->> 'workspace';
begin
    perform set_config('hub.user', coalesce(context ->> 'user', ''), true),
            set_config('hub.actor', 'user', true),
            set_config('hub.request', coalesce(context ->> 'request_id', ''), true),
            set_config('hub.ip', coalesce(context ->> 'ip', ''), true),
            set_config('hub.user_agent', coalesce(context ->> 'user_agent', ''), true),
            set_config('hub.via', coalesce(context ->> 'via', 'token'), true),
            set_config('hub.key', coalesce(context #>> '{key,id}', ''), true),
            set_config('hub.session', coalesce(context ->> 'session', ''), true);
    if context ->> 'need' = 'personal' then
        return wanted is null and context ->> 'user' is not null;
    end if;
    if wanted ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
        select m.workspace_id, m.role into member from hub.members m
        where m.user_id = (context ->> 'user')::uuid and m.workspace_id = wanted::uuid;
    else
        select m.workspace_id, m.role into member
        from hub.workspaces w join hub.members m on m.workspace_id = w.id
        where w.slug = wanted and m.user_id = (context ->> 'user')::uuid;
    end if;
    if member.role is null or not hub.may(member.role, context ->> 'need') then
        return false;
    end if;
    perform set_config('hub.workspace', member.workspace_id::text, true),
            set_config('hub.role', member.role, true);
    return true;
end
$$;

-- The statement's answer. Its plan is kept in the session, for planning takes longer than running it: `execute … using` plans
-- anew each time. What is kept is bounded, since callers choose the shape of lists. A transaction that fails forgets that it
-- prepared, but not what: hence the exception. A pooler that hands connections on by transaction disturbs nothing.
create function hub.execute(statement text, args jsonb) returns text
language plpgsql volatile as $$
declare
    name text := 'hub_' || md5(statement);
    kept int;
    given text := args::text;
    result text;
begin
    if length(given) > 8192 or length(statement) > 16384 then -- a literal of that size takes longer to read than it saves
        execute statement into result using args;
        return result;
    end if;
    if coalesce(current_setting('hub.' || name, true), '') = '' then
        kept := coalesce(nullif(current_setting('hub.kept', true), ''), '0')::int;
        if kept >= 64 then
            execute statement into result using args;
            return result;
        end if;
        begin
            execute format('prepare %I (jsonb) as %s', name, statement);
        exception when duplicate_prepared_statement then null;
        end;
        perform set_config('hub.' || name, 'kept', false), set_config('hub.kept', (kept + 1)::text, false);
    end if;
    execute format('execute %I (%L)', name, given) into result;
    return result;
end
$$;

-- What a person did in no workspace.
create policy personal on hub.idempotency_keys
    using (workspace_id = '00000000-0000-0000-0000-000000000000' and user_id = (select hub.user_id()));

-- Executes the statement in the context that hub.enter has set; with an idempotency key at most once.
create function hub.answer(context jsonb, statement text, args jsonb) returns text
language plpgsql volatile as $$
declare
    wanted_key text := context ->> 'idempotency_key';
    -- A key is its user's in a workspace; for what they do in none it is their own.
    place uuid := coalesce(hub.workspace(), '00000000-0000-0000-0000-000000000000');
    known record;
    result text;
begin
    if wanted_key is null then
        return hub.execute(statement, args);
    end if;
    insert into hub.idempotency_keys (workspace_id, user_id, key, fingerprint)
    values (place, hub.user_id(), wanted_key, context ->> 'fingerprint')
    on conflict do nothing;
    if not found then -- a second request with the key waited above until the first was committed
        select k.fingerprint, k.answer into known from hub.idempotency_keys k
        where k.workspace_id = place and k.user_id = hub.user_id() and k.key = wanted_key;
        if known.fingerprint is distinct from context ->> 'fingerprint' then
            raise exception 'idempotency key was used for another request' using errcode = 'HB422';
        end if;
        return known.answer;
    end if;
    result := hub.execute(statement, args);
    update hub.idempotency_keys k set answer = result
    where k.workspace_id = place and k.user_id = hub.user_id() and k.key = wanted_key;
    return result;
end
$$;

-- hub.enter and hub.answer without the edge: for statements of our own and for functions of the version before.
-- Raises HB403 (no member, or the role lacks the right) and HB422 (key used for another request).
create or replace function hub.run(context jsonb, statement text, args jsonb) returns text
language plpgsql volatile as $$
begin
    if not hub.enter(context) then
        raise exception 'not allowed' using errcode = 'HB403';
    end if;
    return hub.answer(context, statement, args);
end
$$;

-- Who asks: the member, or the key's maker. Answers the context with user and workspace filled in, or {refused: SQLSTATE}.
create function hub.principal(context jsonb) returns jsonb
language plpgsql volatile as $$
declare
    caller record;
begin
    if context ? 'key' then
        begin
            select * into caller from hub.key_caller(context -> 'key');
        exception when sqlstate 'HB401' or sqlstate 'HB409' then
            return jsonb_build_object('refused', sqlstate);
        end;
        perform set_config('hub.user', caller.user_id::text, true);
        if not (context ->> 'need') = any (caller.scopes)
            or not exists (select from hub.workspaces w where w.id = caller.workspace_id
                           and coalesce(context ->> 'workspace', w.slug) in (w.id::text, w.slug))
        then
            return jsonb_build_object('refused', 'HB403', 'user', caller.user_id);
        end if;
        return context || jsonb_build_object('user', caller.user_id, 'workspace', caller.workspace_id);
    end if;
    if context ? 'session' then
        perform set_config('hub.user', context ->> 'user', true);
        if not exists (select from hub.sessions s where s.id = (context ->> 'session')::uuid
                       and s.user_id = (context ->> 'user')::uuid and s.ended_at is null) then
            return jsonb_build_object('refused', 'HB401', 'user', context ->> 'user');
        end if;
    end if;
    return context;
end
$$;

-- Whether a browser's page of `origin` may call: none named, one of the app's own (checked before), or one of the workspace's.
-- In plpgsql, which keeps the plan: a function in SQL with a query in it is planned at each call.
create function hub.origin_allowed(origin text) returns boolean
language plpgsql stable as $$
begin
    return origin is null
        or exists (select from hub.origins o where o.workspace_id = hub.workspace() and o.origin = origin_allowed.origin);
end
$$;

-- Whom a refusal counts against. Who showed no valid proof, or one that was used, is known by their address alone: else a stranger
-- who knows somebody's name could have them refused. What a key may not is the key's business, not its maker's.
create function hub.refused_subjects(refused text, subjects jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case when refused in ('HB401', 'HB409') then subjects - array['user', 'key']
        when subjects ? 'key' then subjects - 'user' else subjects end
$$;

-- Until when one of the buckets that a request takes from has nothing to give; null when no bucket is known.
-- Left to itself Postgres plans this anew at each call, which takes longer than running it.
create function hub.full_until(workspace uuid, class text, subjects jsonb) returns timestamptz
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
    return (select max(b.tat - b.room) from hub.rate_buckets b
        where b.bucket = any (array[
            hub.rate_bucket(class, 'user', workspace, subjects ->> 'user'),
            hub.rate_bucket(class, 'key', workspace, subjects ->> 'key'),
            hub.rate_bucket(class, 'address', workspace, subjects ->> 'address'),
            hub.rate_bucket('refused', 'user', null, subjects ->> 'user'),
            hub.rate_bucket('refused', 'key', null, subjects ->> 'key'),
            hub.rate_bucket('refused', 'address', null, subjects ->> 'address')]));
end
$$;

-- Everything that a request needs, in one round trip.
--   context: {via, user? | key?, session?, workspace? (id or slug), need, class?, request_id, ip?, user_agent?, origin?,
--             idempotency_key?, fingerprint?}
--   → a line of JSON {refused?: SQLSTATE, limits?}, then the statement's answer
-- A refusal is answered, not raised, so that it counts. Raises HB422 and, so that nothing of the statement stays, HB429.
create function hub.serve(context jsonb, statement text, args jsonb) returns text
language plpgsql volatile as $$
declare
    caller jsonb := hub.principal(context);
    refused text := caller ->> 'refused';
    class text := context ->> 'class';
    subjects jsonb := jsonb_strip_nulls(jsonb_build_object('user', caller ->> 'user', 'key', context #>> '{key,id}',
        'address', hub.network(context ->> 'ip')));
    full_at timestamptz;
    result text;
    took jsonb;
begin
    if refused is null and not hub.enter(caller) then
        refused := 'HB403';
    elsif refused is null and not hub.origin_allowed(context ->> 'origin') then
        refused := 'HBORI';
    end if;
    -- Who is over the limit already is told without a lock and before any work; what is exact comes last.
    full_at := hub.full_until(hub.workspace(), class, subjects);
    if full_at > clock_timestamp() then
        raise exception '{"retry_after_ms": %}', ceil(extract(epoch from full_at - clock_timestamp()) * 1000)::bigint using errcode = 'HB429';
    end if;
    if refused is not null then
        perform hub.take(null, 'refused', hub.refused_subjects(refused, subjects));
        return jsonb_build_object('refused', refused)::text || e'\n';
    end if;
    result := hub.answer(caller, statement, args);
    if class is null then -- a further statement of a request that was counted
        return e'{}\n' || coalesce(result, '');
    end if;
    took := hub.take(hub.workspace(), class, subjects);
    if not (took ->> 'ok')::boolean then
        raise exception '%', took using errcode = 'HB429';
    end if;
    return jsonb_build_object('limits', took -> 'limits')::text || e'\n' || coalesce(result, '');
end
$$;
