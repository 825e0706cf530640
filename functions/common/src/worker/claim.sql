-- jobs for one worker; an idle tick is this statement alone
select hub.claim($1)
