-- removes a product that has no listing
select hub.delete_product($1)
