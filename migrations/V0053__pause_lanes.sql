-- The jobs of a store that is not active wait. Its lanes are blocked for as long; only `auth`, where credentials are checked
-- and renewed, goes on, since that is how a store becomes active again.
create function hub.hold_lanes() returns trigger
language plpgsql as $$
begin
    update hub.lanes l set blocked_until = case when new.status = 'active' then '-infinity' else 'infinity' end::timestamptz
    from (select id from hub.lanes where workspace_id = new.workspace_id and store_id = new.id and queue <> 'auth'
          order by id for no key update) held -- in the order in which everybody locks lanes
    where l.id = held.id;
    return null;
end
$$;
create trigger hold_lanes after update of status on hub.stores for each row
    when ((old.status = 'active') is distinct from (new.status = 'active')) execute function hub.hold_lanes();

-- A lane that is made meanwhile is blocked as well. The share lock waits for a change of the status that is under way.
create function hub.hold_new_lane() returns trigger
language plpgsql as $$
declare
    found_status text;
begin
    select s.status into found_status from hub.stores s where s.id = new.store_id for share;
    if found_status <> 'active' then
        new.blocked_until := 'infinity';
    end if;
    return new;
end
$$;
create trigger hold_new_lane before insert on hub.lanes for each row
    when (new.store_id is not null and new.queue <> 'auth') execute function hub.hold_new_lane();

-- Lanes of stores that are not active already.
update hub.lanes l set blocked_until = 'infinity'
from hub.stores s where s.id = l.store_id and s.status <> 'active' and l.queue <> 'auth';

create or replace view api.jobs with (security_invoker = true) as
select j.id, j.workspace_id, d.user_id, j.type,
    case j.state when 'scheduled' then 'pending' when 'ready' then 'pending' when 'running' then 'running'
        when 'done' then 'completed' when 'dead' then 'failed' else 'cancelled' end as status,
    case when j.state in ('scheduled', 'ready') and l.blocked_until = 'infinity' then (
             select 'its store, which is ' || case s.status when 'error' then 'in error' else s.status end || coalesce(': ' || s.status_reason, '')
             from hub.stores s where s.id = j.store_id)
         when j.state = 'scheduled' then 'its time (scheduled_at)'
         when j.state = 'ready' and l.paused then 'its lane, which is paused'
         when j.state = 'ready' and l.running >= l.max_running then 'its lane, which is full'
         when j.state = 'ready' and l.blocked_until > now() then 'its channel, which asked for a pause until ' || hub.moment(l.blocked_until)
         when j.state = 'ready' then 'a worker' end as waiting_for,
    j.store_id, j.listing_id, j.approval_id, d.payload, d.result, d.error, j.attempts, j.max_attempts, j.priority,
    j.cancel_requested, j.run_at as scheduled_at, j.started_at, j.completed_at, j.created_at, d.note
from hub.jobs j
left join hub.job_data d on d.job_id = j.id
left join hub.lanes l on l.id = j.lane_id;
