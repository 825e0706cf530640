-- has an event processed again
select hub.replay_webhook($1)
