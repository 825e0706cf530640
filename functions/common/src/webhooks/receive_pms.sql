-- stores a verified event of a product management system once, uses up its nonce and queues its processing; $2 is the body
select hub.receive_pms_event($1, $2)
