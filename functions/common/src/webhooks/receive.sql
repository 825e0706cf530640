-- stores a verified notification once and queues its processing; $2 is the body
select hub.receive_webhook($1, $2)
