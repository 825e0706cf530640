-- has the events of a span of time processed again, in their order
select hub.replay_webhooks($1)
