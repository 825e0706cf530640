-- what has to be done now and then: expired leases, drifted lanes, retention
select hub.maintain($1)
