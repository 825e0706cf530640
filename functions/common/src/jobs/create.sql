-- queues a job that needs no approval; one with the same unique_key that is still to be done stands for it
select hub.create_job($1)
