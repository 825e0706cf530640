-- The user, the workspace and the membership, each made where missing: what a developer's token speaks for.
with person as (
    insert into hub.users (email) values (lower($1))
    on conflict (email) where issuer is null do update set email = excluded.email
    returning id
), place as (
    insert into hub.workspaces (slug, name) values ($2, $2)
    on conflict (slug) do update set slug = excluded.slug
    returning id
)
insert into hub.members (user_id, workspace_id, role)
select person.id, place.id, $3 from person, place
on conflict (user_id, workspace_id) do update set role = excluded.role
returning user_id::text, workspace_id::text
