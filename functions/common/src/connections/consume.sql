-- the state comes back: it works once, and says whose store it is about
select hub.consume_connection($1)
