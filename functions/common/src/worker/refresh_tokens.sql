-- a token that ends soon is renewed before anybody needs it
select hub.enqueue_refreshes($1)
