-- approves or rejects; approval creates the jobs in the same statement
select hub.decide_approval($1)
