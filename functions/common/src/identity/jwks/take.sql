-- What all instances know of an identity provider's keys, and whether it falls to this one to fetch them.
select hub.jwks_take($1)
