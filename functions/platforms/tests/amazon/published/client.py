"""Uses the fake Selling Partner API through python-amazon-sp-api, which knows Amazon's paths, errors and tokens."""

import io
import json
import os
import urllib.request

import httpx

SANDBOX = os.environ["SANDBOX"]
SELLER = os.environ["SELLER"]
MARKET = "ATVPDKIKX0DER"


def to_sandbox(handle):
    """Amazon's addresses lead to the sandbox, everything else stays as the library has it."""

    def handle_request(self, request):
        if request.url.host.endswith("amazon.com"):
            here = httpx.URL(SANDBOX)
            path = "/amazon" + request.url.raw_path.decode()
            request.url = here.copy_with(raw_path=path.encode())
            request.headers["host"] = here.netloc.decode()
        return handle(self, request)

    return handle_request


httpx.HTTPTransport.handle_request = to_sandbox(httpx.HTTPTransport.handle_request)

from sp_api.api.feeds.feeds_2021_06_30 import FeedsV20210630  # noqa: E402
from sp_api.api.listings_items.listings_items_2021_08_01 import ListingsItemsV20210801  # noqa: E402
from sp_api.api.notifications.notifications import Notifications  # noqa: E402
from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101  # noqa: E402
from sp_api.api.orders.orders_v0 import OrdersV0  # noqa: E402
from sp_api.auth.exceptions import AuthorizationError  # noqa: E402
from sp_api.base import Marketplaces  # noqa: E402
from sp_api.base.exceptions import (  # noqa: E402
    SellingApiNotFoundException,
    SellingApiRequestThrottledException,
)

CREDENTIALS = {
    "refresh_token": os.environ["REFRESH_TOKEN"],
    "lwa_app_id": os.environ["CLIENT_ID"],
    "lwa_client_secret": os.environ["CLIENT_SECRET"],
}


def tell(what, body):
    url = f"{SANDBOX}/_sandbox/{what}"
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client(of, **changes):
    return of(marketplace=Marketplaces.US, credentials={**CREDENTIALS, **changes})


def attributes(title):
    here = {"marketplace_id": MARKET}
    price = [{"schedule": [{"value_with_tax": 9.5}]}]
    return {
        "item_name": [{"value": title, **here}],
        "brand": [{"value": "Acme", **here}],
        "condition_type": [{"value": "new_new", **here}],
        "supplier_declared_has_product_identifier_exemption": [{"value": True, **here}],
        "purchasable_offer": [{"currency": "USD", "our_price": price, **here}],
        "fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}],
    }


# Login with Amazon.
try:
    client(ListingsItemsV20210801, refresh_token="Atzr|wrong").get_listings_item(
        SELLER, "A", marketplaceIds=MARKET
    )
    raise SystemExit("a wrong refresh token was taken")
except AuthorizationError as refused:
    assert refused.error_code == "invalid_grant", refused

# Listings: validated, refused, accepted, shown later.
listings = client(ListingsItemsV20210801)
sku = "MUG 1/2"
body = {"productType": "MUG", "requirements": "LISTING", "attributes": attributes("Mug")}
preview = listings.put_listings_item(
    SELLER, sku, marketplaceIds=MARKET, mode="VALIDATION_PREVIEW", body=body
)
assert preview.payload["status"] == "VALID", preview.payload
poor = {"productType": "MUG", "attributes": {"brand": [{"value": "Acme"}]}}
invalid = listings.put_listings_item(SELLER, sku, marketplaceIds=MARKET, body=poor)
assert invalid.payload["status"] == "INVALID"
assert any(it["attributeNames"] == ["item_name"] for it in invalid.payload["issues"])
made = listings.put_listings_item(SELLER, sku, marketplaceIds=MARKET, body=body)
assert made.payload["status"] == "ACCEPTED", made.payload
item = listings.get_listings_item(SELLER, sku, marketplaceIds=MARKET, includedData="summaries")
assert item.payload["summaries"] == [], "accepted is not live"
tell("clock", {"advance_s": 5})
item = listings.get_listings_item(SELLER, sku, marketplaceIds=MARKET, includedData="summaries")
assert "BUYABLE" in item.payload["summaries"][0]["status"], item.payload
try:
    listings.get_listings_item(SELLER, "NONE", marketplaceIds=MARKET)
    raise SystemExit("an item that is not there was found")
except SellingApiNotFoundException as missing:
    assert missing.code == 404

# A feed, its report unpacked by the library.
feeds = client(FeedsV20210630)
patch = {
    "op": "replace",
    "path": "/attributes/fulfillment_availability",
    "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 3}],
}
message = {"messageId": 1, "sku": sku, "operationType": "PATCH", "productType": "MUG", "patches": [patch]}
document = {"header": {"sellerId": SELLER, "version": "2.0"}, "messages": [message]}
_, feed = feeds.submit_feed(
    "JSON_LISTINGS_FEED", io.StringIO(json.dumps(document)), content_type="application/json"
)
feed_id = feed.payload["feedId"]
assert feeds.get_feed(feed_id).payload["processingStatus"] in ("IN_QUEUE", "IN_PROGRESS")
tell("clock", {"advance_s": 5})
done = feeds.get_feed(feed_id).payload
assert done["processingStatus"] == "DONE", done
report = json.loads(feeds.get_feed_document(done["resultFeedDocumentId"]))
assert report["summary"]["messagesAccepted"] == 1, report

# Orders and their shipment.
order_id = tell("amazon/orders", {"lines": [{"sku": sku, "quantity": 1}]})["id"]
orders = client(OrdersV20260101)
found = orders.search_orders(
    lastUpdatedAfter="2026-01-01T00:00:00Z", marketplaceIds=[MARKET], includedData=["FULFILLMENT"]
)
(order,) = found.payload["orders"]
assert order["orderId"] == order_id
parcel = {
    "packageReferenceId": "1",
    "carrierCode": "UPS",
    "trackingNumber": "1Z",
    "shipDate": "2026-11-23T05:00:00Z",
    "orderItems": [{"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}],
}
client(OrdersV0).confirm_shipment(order_id, marketplaceId=MARKET, packageDetail=parcel)
order = orders.get_order(order_id, includedData=["FULFILLMENT", "PACKAGES"]).payload["order"]
assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED", order
assert order["packages"][0]["trackingNumber"] == "1Z"

# Subscriptions.
notifications = client(Notifications)
made = notifications.create_subscription("LISTINGS_ITEM_STATUS_CHANGE", destination_id="sandbox-event-bridge")
same = notifications.get_subscription("LISTINGS_ITEM_STATUS_CHANGE")
assert made.payload["subscriptionId"] == same.payload["subscriptionId"]

# Quotas.
tell("amazon/quota", {"operation": "getListingsItem", "per_second": 0.1, "burst": 1})
listings.get_listings_item(SELLER, sku, marketplaceIds=MARKET)
try:
    listings.get_listings_item(SELLER, sku, marketplaceIds=MARKET)
    raise SystemExit("a used up quota was not noticed")
except SellingApiRequestThrottledException as throttled:
    assert throttled.amzn_code == "QuotaExceeded", throttled.amzn_code
    assert throttled.headers["x-amzn-RateLimit-Limit"] == "0.1"

listings.delete_listings_item(SELLER, sku, marketplaceIds=MARKET)
print("all understood")
