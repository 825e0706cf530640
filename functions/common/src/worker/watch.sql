-- what the channels need that nobody asks for: subscriptions, silent stores, open fates
select hub.watch_channels($1)
