-- Whether the record is what it was when it was sealed, and the record as a file.

-- The first seal of at most `most` after `before` that does not fit its entry or the seal before it.
--   checked, last: how many there are, and the last one
--   seq, audit_id, problem: missing (no such seal, or its entry is gone) or altered (entry, order or chain); null when all fit
create function hub.check_seals(before hub.audit_seals, most int,
    out checked int, out last bigint, out seq bigint, out audit_id uuid, out problem text)
language sql stable set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$ -- entry by entry: the table is far larger
    with link as (
        select s.seq, s.audit_id, lag(s.seq, 1, before.seq) over by_seq as seq_before, a.id is null as gone,
            s.hash <> hub.next_hash(lag(s.hash, 1, before.hash) over by_seq, hub.audit_text(a)) or s.txid <> a.txid
                or (s.txid, s.audit_id) <= (lag(s.txid, 1, before.txid) over by_seq, lag(s.audit_id, 1, before.audit_id) over by_seq) as altered
        from (select * from hub.audit_seals t where t.workspace_id = (select hub.workspace()) and t.seq > before.seq
              order by t.seq limit most) s
        left join hub.audit_logs a on a.id = s.audit_id and a.workspace_id = (select hub.workspace())
        window by_seq as (order by s.seq)
    ), bad as (
        select case when l.seq <> l.seq_before + 1 then l.seq_before + 1 else l.seq end as seq,
            case when l.seq = l.seq_before + 1 then l.audit_id end as audit_id,
            case when l.seq <> l.seq_before + 1 or l.gone then 'missing' else 'altered' end as problem
        from link l where l.seq <> l.seq_before + 1 or l.gone or l.altered
        order by l.seq limit 1
    )
    select (select count(*) from link), (select max(l.seq) from link l), b.seq, b.audit_id, b.problem
    from (values (1)) one left join bad b on true
$$;

-- An entry between two seals that has none of its own: it was put there after its neighbours were sealed.
--   seq: of the seal before which it stands
create function hub.smuggled_entry(after hub.audit_seals, up_to hub.audit_seals, out seq bigint, out audit_id uuid)
language sql stable set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$
    select (select min(s.seq) from hub.audit_seals s where s.workspace_id = (select hub.workspace())
              and s.seq > after.seq and s.seq <= up_to.seq and (s.txid, s.audit_id) > (a.txid, a.id)), a.id
    from hub.audit_logs a
    where a.workspace_id = (select hub.workspace())
      and (a.txid, a.id) > (after.txid, after.audit_id) and (a.txid, a.id) <= (up_to.txid, up_to.audit_id)
      and a.id not in (select s.audit_id from hub.audit_seals s where s.workspace_id = (select hub.workspace())
                       and s.seq > after.seq and s.seq <= up_to.seq)
    order by a.workspace_id, a.txid, a.id limit 1
$$;

-- How many entries wait to be sealed; more than 100,000 are not counted.
create function hub.unsealed_entries() returns bigint
language plpgsql stable set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$
declare
    tenant uuid := hub.workspace();
    head hub.audit_seals := hub.audit_head();
begin
    return (select count(*) from (select from hub.audit_logs a where a.workspace_id = tenant and (a.txid, a.id) > (head.txid, head.audit_id)
        order by a.workspace_id, a.txid, a.id limit 100000) waiting);
end
$$;

-- Compares a stretch of the record with its seals. Of several things that don't fit the first one is told.
--   args: {from_seq?, limit, seq?, hash?}: seq and hash of a head that the caller noted, which must still be in the chain
--   → {intact, checked, checked_up_to: {seq, hash}, sealed_up_to: {seq, hash, at}, unsealed, next_from, first_bad: {seq, audit_id, problem}}
create function hub.verify_audit(args jsonb) returns text
language plpgsql stable as $$
declare
    first bigint := coalesce((args ->> 'from_seq')::bigint, 1);
    noted bigint := nullif((args ->> 'seq')::bigint, 0);
    head hub.audit_seals := hub.audit_head();
    before hub.audit_seals := hub.audit_seal(first - 1);
    upto hub.audit_seals := before;
    seals record;
    smuggled record;
    noted_seal hub.audit_seals;
    bad jsonb := '[]';
begin
    if noted is not null then
        noted_seal := hub.audit_seal(noted);
        if noted_seal.hash is null or encode(noted_seal.hash, 'hex') <> lower(args ->> 'hash') then
            bad := bad || jsonb_build_object('seq', noted, 'audit_id', noted_seal.audit_id,
                'problem', case when noted_seal.hash is null then 'missing' else 'altered' end);
        end if;
    end if;
    if before.hash is null then
        bad := bad || jsonb_build_object('seq', first - 1, 'audit_id', null, 'problem', 'missing');
    else
        select * into seals from hub.check_seals(before, (args ->> 'limit')::int);
        if seals.checked > 0 then
            upto := hub.audit_seal(seals.last);
        end if;
        if seals.problem is not null then
            bad := bad || jsonb_build_object('seq', seals.seq, 'audit_id', seals.audit_id, 'problem', seals.problem);
        end if;
        select * into smuggled from hub.smuggled_entry(before, upto);
        if smuggled.audit_id is not null then
            bad := bad || jsonb_build_object('seq', smuggled.seq, 'audit_id', smuggled.audit_id, 'problem', 'inserted');
        end if;
    end if;
    return jsonb_build_object(
        'intact', bad = '[]',
        'checked', coalesce(seals.checked, 0),
        'checked_up_to', jsonb_build_object('seq', upto.seq, 'hash', encode(upto.hash, 'hex')),
        'sealed_up_to', jsonb_build_object('seq', head.seq, 'hash', encode(head.hash, 'hex'),
            'at', case when head.seq > 0 then hub.moment(head.sealed_at) end),
        'unsealed', hub.unsealed_entries(),
        'next_from', case when upto.seq < head.seq then upto.seq + 1 end,
        'first_bad', (select b from jsonb_array_elements(bad) b order by (b ->> 'seq')::bigint limit 1))::text;
end
$$;

-- After which seal entries from `moment` on stand at the earliest. Seals are later than their entries, and later ones later; a
-- minute is for clocks that were set back.
create function hub.sealed_before(moment timestamptz) returns bigint
language plpgsql stable strict as $$
declare
    low bigint := 0;
    high bigint := (hub.audit_head()).seq;
    middle bigint;
    at timestamptz;
begin
    while low < high loop
        middle := (low + high + 1) / 2;
        select s.sealed_at into at from hub.audit_seals s
        where s.workspace_id = (select hub.workspace()) and s.seq <= middle order by s.seq desc limit 1;
        if at is null or at < moment - interval '1 minute' then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end
$$;

-- A page of the export: sealed entries in the order of the chain, each a line of JSON that can be verified by itself:
-- SHA-256(previous ‖ text of entry) = hash. Before them stands a line about the page.
--   args: {after?, last?, from?, to?, most}; after and last as the page before said
--   → {after, last, more, rows, unsealed?} and {"seq", "previous", "hash", "entry"}…
create function hub.export_audit(args jsonb) returns text
language sql stable set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with bounds as materialized (
        select coalesce((args ->> 'after')::bigint, hub.sealed_before((args ->> 'from')::timestamptz), 0) as after,
            coalesce((args ->> 'last')::bigint, (hub.audit_head()).seq) as last
    ), seals as materialized (
        select s.seq, s.audit_id, s.hash, lag(s.hash, 1, (select (hub.audit_seal(b.after)).hash from bounds b)) over (order by s.seq) as previous
        from hub.audit_seals s
        where s.workspace_id = (select hub.workspace()) and s.seq > (select after from bounds) and s.seq <= (select last from bounds)
        order by s.seq limit (args ->> 'most')::int
    ), entries as (
        select s.seq, s.hash, s.previous, a,
            sum(coalesce(pg_column_size(a.changes), 0)) over (order by s.seq) - coalesce(pg_column_size(a.changes), 0) as bytes_before
        from seals s left join hub.audit_logs a on a.id = s.audit_id and a.workspace_id = (select hub.workspace())
    ), page as materialized (
        -- at least one, and no more bytes than an instance has at hand
        select e.seq, (e.a).id is null -- gone: the line says so
                or ((e.a).created_at >= coalesce((args ->> 'from')::timestamptz, '-infinity')
                    and (e.a).created_at < coalesce((args ->> 'to')::timestamptz, 'infinity')) as wanted,
            format('{"seq":%s,"previous":"%s","hash":"%s","entry":%s}', e.seq, encode(e.previous, 'hex'), encode(e.hash, 'hex'),
                case when (e.a).id is null then 'null' else hub.audit_text(e.a) end) || e'\n' as line
        from entries e where e.bytes_before < 262144
    )
    select jsonb_build_object(
            'after', coalesce(max(p.seq), b.last), 'last', b.last, 'more', coalesce(max(p.seq) < b.last, false),
            'rows', count(*) filter (where p.wanted),
            'unsealed', case when args ->> 'after' is null then hub.unsealed_entries() end)::text || e'\n'
        || coalesce(string_agg(p.line, '' order by p.seq) filter (where p.wanted), '')
    from bounds b left join page p on true
    group by b.last
$$;

create or replace view api.audit_logs with (security_invoker = true) as
select id, workspace_id, user_id, actor, action, resource_type, resource_id, changes, request_id,
    host(ip_address) as ip_address, user_agent, created_at, via, api_key_id, session_id, resource_key
from hub.audit_logs;
