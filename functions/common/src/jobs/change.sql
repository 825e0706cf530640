-- cancels, retries now or reorders a job
select hub.change_job($1)
