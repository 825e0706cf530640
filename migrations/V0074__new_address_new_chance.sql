-- A store whose address or settings were changed is asked again at once: the breaker opened on the old ones.
create function hub.close_breaker() returns trigger
language plpgsql as $$
declare
    was_open_until timestamptz;
begin
    select t.open_until into was_open_until from hub.store_traffic t where t.store_id = new.id;
    update hub.store_traffic t set failures = 0, trips = 0, open_until = null, probe_until = null where t.store_id = new.id;
    update hub.lanes l set blocked_until = '-infinity'
    where l.workspace_id = new.workspace_id and l.store_id = new.id and l.blocked_until = was_open_until;
    return null;
end
$$;
create trigger close_breaker after update of config on hub.stores for each row
    when (old.config is distinct from new.config) execute function hub.close_breaker();
grant update (failures, trips, open_until, probe_until) on hub.store_traffic to hub_app;
