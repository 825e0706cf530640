-- a page of the sealed record as lines, after a line about the page
select hub.export_audit($1)
