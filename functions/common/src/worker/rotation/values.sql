-- the next values that another key has to be put around
select hub.values_sealed($1)
