-- The public keys of identity providers, fetched from their addresses once for all instances.

-- Belongs to no workspace: which addresses there are is the deployment's variables. Reached by the functions below only.
create table hub.jwks (
    url text primary key check (length(url) between 1 and 2000),
    keys text check (octet_length(keys) <= 65536),  -- the JWK Set as it came; null: none came yet
    version bigint not null default 0,              -- how many sets came
    fetched_at timestamptz,                         -- when the last one came
    attempt bigint not null default 1,              -- how many fetches were begun
    attempted_at timestamptz not null,              -- when the last one began
    ended_at timestamptz,                           -- when it ended; null: it is under way, or its instance died
    check ((version = 0) = (keys is null) and (keys is null) = (fetched_at is null))
);
alter table hub.jwks enable row level security;
alter table hub.jwks force row level security;
do $$
begin
    -- Whoever migrates owns the functions; row level security is forced on owners too.
    execute format('create policy through_functions on hub.jwks to %I using (true)', current_user);
end
$$;

-- What is known of the keys at an address, and whether the asking instance is the one to fetch them: nobody else is,
-- the last fetch began half a minute ago, and the set is ten minutes old or a key is missing from the newest version.
--   asked: {url, version: the one that the instance holds or 0, missing: whether it misses a key in it}
--   answer: {version, keys (when it is another version), age_ms, fetch, pending, attempt, wait_ms: how long nobody may fetch}
create function hub.jwks_take(asked jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    floor_between constant interval := '30 s';
    right_now constant timestamptz := clock_timestamp();
    known hub.jwks;
    mine boolean := false;
begin
    select * into known from hub.jwks j where j.url = asked ->> 'url';
    if known.fetched_at is null or known.fetched_at <= right_now - interval '10 min'
        or ((asked ->> 'missing')::boolean and (asked ->> 'version')::bigint = known.version)
    then
        -- Of many at once one gets through: the others wait for its row and then find it taken.
        insert into hub.jwks as j (url, attempted_at) values (asked ->> 'url', right_now)
        on conflict (url) do update set attempt = j.attempt + 1, attempted_at = right_now, ended_at = null
            where j.attempted_at <= right_now - floor_between
        returning * into known;
        mine := found;
        if not mine then
            select * into known from hub.jwks j where j.url = asked ->> 'url';
        end if;
    end if;
    return jsonb_build_object(
        'version', known.version,
        'keys', case when known.version <> (asked ->> 'version')::bigint then known.keys end,
        'age_ms', (extract(epoch from right_now - known.fetched_at) * 1000)::bigint,
        'fetch', mine,
        -- A fetch ends within three seconds.
        'pending', not mine and known.ended_at is null and known.attempted_at > right_now - interval '5 s',
        'attempt', known.attempt,
        'wait_ms', greatest(0, (extract(epoch from known.attempted_at + floor_between - right_now) * 1000)::bigint)
    )::text;
end
$$;

-- Ends an attempt, with the set that came or without one. An attempt that another has followed changes nothing.
--   came: {url, attempt, keys: the set's text, or null}
--   answer: the set's version; 0 when none was taken
create function hub.jwks_keep(came jsonb) returns text
language sql volatile security definer set search_path = pg_catalog as $$
    with kept as (
        update hub.jwks j set
            ended_at = clock_timestamp(),
            keys = coalesce(came ->> 'keys', j.keys),
            version = j.version + case when came ->> 'keys' is null then 0 else 1 end,
            fetched_at = case when came ->> 'keys' is null then j.fetched_at else clock_timestamp() end
        where j.url = came ->> 'url' and j.attempt = (came ->> 'attempt')::bigint and j.ended_at is null
        returning j.version
    )
    select coalesce((select case when came ->> 'keys' is null then 0 else version end from kept), 0)::text
$$;

revoke execute on function hub.jwks_take, hub.jwks_keep from public;
grant execute on function hub.jwks_take, hub.jwks_keep to hub_app;
