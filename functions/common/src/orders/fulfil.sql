-- tells the channel that an order, or a part of it, was sent; the same once more, while it is still to be done, is one job
select hub.fulfil_order($1)
