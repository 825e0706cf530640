-- whether the record is what was sealed
select hub.verify_audit($1)
