-- Nothing secret gets into the record, whatever wrote the entry: a field is known by its name, in a column or within one.

create function hub.names_a_secret(field text) returns boolean
language sql immutable parallel safe as $$
    select field ~ '(secret|credential|password|token|hash|verifier|private_key)'
$$;

-- `value` without what is secret in it. What people name themselves (options, tags) are values, or end in other words.
create function hub.redacted(value jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return case jsonb_typeof(value)
        when 'object' then (select coalesce(jsonb_object_agg(f.key, case
            when f.key ~* '(^|[_-])(secret|password|token|credentials?|private_?key|api_?key)$' then '"[redacted]"' else hub.redacted(f.value) end), '{}')
            from jsonb_each(value) f)
        when 'array' then (select coalesce(jsonb_agg(hub.redacted(e.value) order by e.nr), '[]')
            from jsonb_array_elements(value) with ordinality as e (value, nr))
        else value end;
end
$$;

create function hub.redact_entry() returns trigger
language plpgsql as $$
declare
    field text;
    change jsonb;
begin
    for field, change in select f.key, f.value from jsonb_each(new.changes) f
        where hub.names_a_secret(f.key)
           or jsonb_typeof(f.value -> 'to') in ('object', 'array') or jsonb_typeof(f.value -> 'from') in ('object', 'array')
    loop
        if hub.names_a_secret(field) then
            new.changes := jsonb_set(new.changes, array[field], (select jsonb_object_agg(side.key,
                case side.value when 'null' then side.value else '"[redacted]"' end) from jsonb_each(change) side));
        elsif change::text ~* '(secret|password|token|credential|key)[^"]*":' then
            new.changes := jsonb_set(new.changes, array[field], hub.redacted(change));
        end if;
    end loop;
    return new;
end
$$;
create trigger redact_entry before insert on hub.audit_logs for each row execute function hub.redact_entry();
