-- a renewed token is stored at once: the old one may be dead
select hub.finish_refresh($1)
