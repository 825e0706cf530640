-- nothing of the workspace: what counts is that hub.serve let the caller get here
select ''::text where $1 is not null
