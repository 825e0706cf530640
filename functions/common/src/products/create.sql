-- a product with its variants, at the version that the client sees next
select hub.create_product($1)
