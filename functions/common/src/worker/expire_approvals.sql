-- requests that nobody decided in time
select hub.expire_approvals($1)
