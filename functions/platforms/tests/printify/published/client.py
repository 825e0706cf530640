"""Uses the fake Printify through printipy, whose data classes refuse what they can't read."""

import os

from printipy import api
from printipy.data_objects import (
    Address,
    CreateOrderByExistingProduct,
    CreateOrderBySku,
    CreateOrderLineItem,
    CreateOrderLineItemSku,
    CreateProduct,
    CreateProductPrintArea,
    CreateProductPrintAreaPlaceholder,
    CreateProductPrintAreaPlaceholderImage,
    CreateProductVariant,
    CreateShippingEstimate,
    CreateWebhook,
    Publish,
    PublishingSucceeded,
    PublishingSucceededExternal,
    ShippingEstimateLineItemBySku,
    UpdateProduct,
    UpdateWebhook,
)
from printipy.exceptions import PrintifyException

api._ApiHandlingMixin.api_url = os.environ["SANDBOX"] + "/printify"
client = api.PrintiPy(api_token=os.environ["TOKEN"], shop_id=os.environ["SHOP"])

(shop,) = client.shops.get_shops()
assert str(shop.id) == os.environ["SHOP"]
blueprint = client.catalog.get_blueprints()[0]
assert client.catalog.get_blueprint(blueprint.id) == blueprint
provider = client.catalog.get_print_providers_for_blueprint(blueprint.id)[0]
variants = client.catalog.get_variants(blueprint.id, provider.id)
assert variants.variants[0].options.color == "White"
shipping = client.catalog.get_shipping_info(blueprint.id, provider.id)
assert shipping.profiles[0].first_item.currency == "USD"
assert client.catalog.get_print_providers()[0].location.country == "US"
client.catalog.get_print_provider(provider.id)

artwork = client.artwork.upload_artwork(url="https://images.example/a.png")
assert client.artwork.get_artwork(artwork.id) == artwork

ids = [variant.id for variant in variants.variants[:2]]
image = CreateProductPrintAreaPlaceholderImage(id=artwork.id, x=0.5, y=0.5, scale=1, angle=0)
placeholder = CreateProductPrintAreaPlaceholder(position="front", images=[image])


def create(title):
    offered = [CreateProductVariant(id=id, price=2400, is_enabled=True) for id in ids]
    area = CreateProductPrintArea(variant_ids=ids, placeholders=[placeholder])
    return client.products.create_product(
        create_product=CreateProduct(
            title=title,
            description="Good product",
            blueprint_id=blueprint.id,
            print_provider_id=provider.id,
            variants=offered,
            print_areas=[area],
        )
    )


products = [create(f"Product {number}") for number in range(12)]
read = client.products.get_products(max_pages=2)
assert [product.id for product in read] == [product.id for product in reversed(products)]
product = products[0]
assert {variant.id for variant in product.variants if variant.is_enabled} == set(ids)
changed = client.products.update_product(product.id, UpdateProduct(title="Renamed"))
assert changed.title == "Renamed" and changed.description == "Good product"
client.products.publish_product(product.id, Publish())
try:
    client.products.update_product(product.id, UpdateProduct(title="Locked"))
    raise AssertionError("a locked product was changed")
except PrintifyException as error:
    assert "Product is disabled for editing" in str(error), error
external = PublishingSucceededExternal(id="x1", handle="https://example.com/x1")
client.products.set_product_published_success(product.id, PublishingSucceeded(external=external))
assert client.products.get_product(product.id).external.handle == "https://example.com/x1"
client.products.publish_product(product.id, Publish())
client.products.set_product_published_failed(product.id, "Request timed out")
client.products.unpublish_product(product.id)

to = Address(first_name="John", last_name="Smith", address1="ExampleBaan 121", city="Retie", country="BE", region="", zip="2470")
line = CreateOrderLineItem(product_id=product.id, variant_id=ids[0], quantity=2)
common = {"label": "00012", "shipping_method": 1, "send_shipping_notification": False, "address_to": to}
sku = product.variants[0].sku
estimate = client.orders.calc_shipping_for_order(
    CreateShippingEstimate(line_items=[ShippingEstimateLineItemBySku(sku=sku, quantity=1)], address_to=to)
)
assert estimate.standard > 0
client.orders.create_order_for_existing_product(CreateOrderByExistingProduct(external_id="a", line_items=[line], **common))
by_sku = CreateOrderLineItemSku(sku=sku, quantity=1)
client.orders.create_order_with_sku(CreateOrderBySku(external_id="b", line_items=[by_sku], **common))
second, first = client.orders.get_orders()
assert first.metadata["shop_order_id"] == "a" and second.line_items[0].metadata["sku"] == sku
assert client.orders.send_order_to_production(first.id).status == "sending-to-production"
assert client.orders.cancel_order(second.id).status == "canceled"
assert client.orders.get_order(first.id).line_items[0].quantity == 2

webhook = client.webhooks.create_webhook(CreateWebhook(url="https://example.com/hook", topic="order:created"))
moved = client.webhooks.update_webhook(webhook.id, UpdateWebhook(url="https://example.com/moved"))
assert client.webhooks.get_webhooks() == [moved]

client.products.delete_product(product.id)
assert client.products.get_products(max_pages=1)[0].id == products[-1].id
client.artwork.archive_artwork(artwork.id)
client.shops.delete_shop(shop)
print("all understood")
