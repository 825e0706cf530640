-- how much is sealed under which key: what is not under the first one is still to be done
select hub.count_sealed($1)
