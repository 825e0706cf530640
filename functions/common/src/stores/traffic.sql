-- why a store's jobs wait: its breaker, its channel's wish, its limits
select json_build_object(
    'breaker', case when t.open_until > clock_timestamp() then 'open' when t.open_until is not null then 'half_open'
        else 'closed' end,
    'failures', coalesce(t.failures, 0),
    'open_until', t.open_until,
    'blocked_until', case when t.blocked_until > clock_timestamp() then t.blocked_until end,
    'limits', coalesce((
        select json_agg(json_build_object('name', l.name, 'full_at', greatest(l.full_at, clock_timestamp()),
            'per_second', l.per_second, 'burst', l.burst) order by l.name)
        from hub.store_limits l where l.store_id = s.id), '[]'))::text
from hub.stores s left join hub.store_traffic t on t.store_id = s.id
where s.id = ($1 ->> 'id')::uuid
