-- which listing a channel's product is, before the channel is answered
select hub.find_listing($1)
