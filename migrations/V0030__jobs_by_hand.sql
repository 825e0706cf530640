-- POST /jobs: a job that needs no approval. Answers the outcome envelope with the job as the API shows it.
--   args: {type, payload, store_id?, listing_id?, priority?, run_at?, max_attempts?, unique_key?}
create function hub.create_job(args jsonb) returns text
language plpgsql as $$
declare
    wanted jsonb := args;
    of_listing uuid;
    created uuid;
begin
    if args ? 'listing_id' then
        select store_id into of_listing from hub.listings where id = (args ->> 'listing_id')::uuid;
        if of_listing is null then
            return jsonb_build_object('outcome', 'invalid', 'field', 'listing_id', 'issue', 'there is no such listing');
        end if;
        if of_listing is distinct from coalesce((args ->> 'store_id')::uuid, of_listing) then
            return jsonb_build_object('outcome', 'invalid', 'field', 'store_id', 'issue', 'is not the store of the listing');
        end if;
        wanted := wanted || jsonb_build_object('store_id', of_listing);
    end if;
    if wanted ? 'store_id' and not exists (select from hub.stores where id = (wanted ->> 'store_id')::uuid) then
        return jsonb_build_object('outcome', 'invalid', 'field', 'store_id', 'issue', 'there is no such store');
    end if;
    created := hub.enqueue(wanted);
    return (select jsonb_build_object('outcome', case when j.created_at = now() then 'created' else 'ok' end, 'row', to_jsonb(j))
            from api.jobs j where j.id = created);
end
$$;
grant execute on function hub.create_job(jsonb) to hub_app;
