"""Runs a seller's day with etsyv3, a client for Etsy that others wrote, against the address in argv[1].

argv: base address, keystring:secret, access token, refresh token, shop, order. Prints what it saw as JSON.
"""

import json
import sys
from datetime import datetime, timedelta

from etsyv3.enums import ListingRequestState, WhenMade, WhoMade
from etsyv3.etsy_api import BadRequest, EtsyAPI, Includes, ListingState, NotFound
from etsyv3.models.file_request import UploadListingImageRequest
from etsyv3.models.listing_request import (
    CreateDraftListingRequest,
    UpdateListingInventoryRequest,
    UpdateListingRequest,
)
from etsyv3.models.receipt_request import CreateReceiptShipmentRequest

base, key, access, refresh, shop, order = sys.argv[1:7]
keystring = key.split(":")[0]
api = EtsyAPI(keystring, access, refresh, datetime.utcnow() + timedelta(hours=1))
# This release is older than Etsy's demand for both parts of the key.
api.session.headers["x-api-key"] = key
send = api.session.request
api.session.request = lambda method, url, **rest: send(
    method, url.replace("https://api.etsy.com", base), **rest
)
seen = {}

draft = CreateDraftListingRequest(
    quantity=3,
    title="Made by others",
    description="A listing",
    price=4.5,
    who_made=WhoMade.I_DID,
    when_made=WhenMade.MADE_TO_ORDER,
    taxonomy_id=1429,
    shipping_profile_id=61000001,
    tags=["one", "two"],
    is_supply=False,
)
draft.readiness_state_id = 71000001
listing = api.create_draft_listing(shop, draft)
number = listing["listing_id"]
seen["draft"] = [listing["state"], listing["quantity"], listing["tags"]]

active = UpdateListingRequest(state=ListingRequestState.ACTIVE)
try:
    api.update_listing(shop, number, active)
    seen["without_picture"] = "shown"
except BadRequest as error:
    seen["without_picture"] = str(error)

picture = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)
image = api.upload_listing_image(
    shop, number, UploadListingImageRequest(picture, rank=1, overwrite=True, alt_text="a dot")
)
seen["picture"] = [image["rank"], image["alt_text"]]

there = api.get_listing_inventory(number)
change = UpdateListingInventoryRequest.generate_request_from_inventory_response(there)
change.products[0].sku = "THEIR-1"
change.products[0].offerings[0]["quantity"] = 5
# It is older than processing profiles too, which Etsy hides while a listing is not for sale.
change.products[0].offerings[0]["readiness_state_id"] = 71000001
written = api.update_listing_inventory(number, change)
seen["inventory"] = [written["products"][0]["sku"], written["products"][0]["offerings"][0]["quantity"]]

shown = api.update_listing(shop, number, active)
seen["shown"] = shown["state"]
listed = api.get_listings_by_shop(shop, state=ListingState.ACTIVE, includes=[Includes.INVENTORY])
seen["listed"] = [row["title"] for row in listed["results"]]

open_orders = api.get_shop_receipts(shop, was_paid=True, was_shipped=False, sort_on="updated")
seen["orders"] = [row["receipt_id"] for row in open_orders["results"]]
parcel = CreateReceiptShipmentRequest(tracking_code="X1", carrier_name="royal-mail", send_bcc=False)
sent = api.create_receipt_shipment(shop, order, parcel)
seen["sent"] = [sent["is_shipped"], sent["shipments"][0]["tracking_code"]]

api.refresh()
seen["renewed"] = api.token != access
api.delete_listing(number)
try:
    api.get_listing(number)
    seen["deleted"] = False
except NotFound:
    seen["deleted"] = True
print(json.dumps(seen))
