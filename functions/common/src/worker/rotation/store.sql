-- what has been wrapped anew, where nobody changed it meanwhile
select hub.store_rewrapped($1)
