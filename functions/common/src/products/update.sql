-- changes a product and, where given, its whole set of variants
select hub.update_product($1)
