-- asks for what would reach a channel; nothing happens before another person approves
select hub.request_approval($1)
