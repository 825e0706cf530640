//! Every GraphQL document that this plugin can send; all of them are checked against the vendor's
//! schemas by the tests.

/// A document with exactly one operation.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The operation's name.
    pub name: &'static str,
    /// The text that is sent.
    pub text: &'static str,
    /// The text that is sent instead to a shop that pins the version 2026-01, which lacks a field.
    pub text_2026_01: Option<&'static str>,
    /// The cost points that it asks for at most, its variables' lists not counted: an object is one, a
    /// connection its page size times a row, a mutation ten. Shopify says the true price with the answer.
    pub cost: u32,
    /// Whether sending it twice does what sending it once does.
    pub is_repeatable: bool,
}

const fn query(name: &'static str, text: &'static str, cost: u32) -> Document {
    Document {
        name,
        text,
        text_2026_01: None,
        cost,
        is_repeatable: true,
    }
}

const fn mutation(name: &'static str, text: &'static str, cost: u32) -> Document {
    Document {
        name,
        text,
        text_2026_01: None,
        cost,
        is_repeatable: false,
    }
}

impl Document {
    /// The text for a shop that speaks `version`.
    pub fn text_in(&self, version: &str) -> &'static str {
        match self.text_2026_01 {
            Some(text) if version == "2026-01" => text,
            _ => self.text,
        }
    }

    const fn in_2026_01(self, text: &'static str) -> Self {
        Self {
            text_2026_01: Some(text),
            ..self
        }
    }

    const fn repeatable(self) -> Self {
        Self {
            is_repeatable: true,
            ..self
        }
    }
}

pub(super) const SHOP: Document = query("Shop", include_str!("shop.graphql"), 1);
/// A publication does not name its channels in 2026-01; the app of its catalogue says which it is.
pub(super) const PREPARE: Document = query("Prepare", include_str!("prepare.graphql"), 143)
    .in_2026_01(include_str!("prepare_2026_01.graphql"));
pub(super) const READ_PRODUCT: Document =
    query("ReadProduct", include_str!("read_product.graphql"), 403);
/// Not repeatable: pictures that are named by their address would be added again.
pub(super) const SET_PRODUCT: Document =
    mutation("SetProduct", include_str!("set_product.graphql"), 13);
pub(super) const PUBLISH: Document =
    mutation("Publish", include_str!("publish.graphql"), 12).repeatable();
pub(super) const DELETE_PRODUCT: Document =
    mutation("DeleteProduct", include_str!("delete_product.graphql"), 12).repeatable();
pub(super) const PRODUCT_EXISTS: Document =
    query("ProductExists", include_str!("product_exists.graphql"), 1);
pub(super) const READ_STOCK: Document = query("ReadStock", include_str!("read_stock.graphql"), 401);
/// Repeatable by its idempotency key.
pub(super) const SET_STOCK: Document =
    mutation("SetStock", include_str!("set_stock.graphql"), 13).repeatable();
pub(super) const LIST_PRODUCTS: Document =
    query("ListProducts", include_str!("list_products.graphql"), 620);
pub(super) const CHECK_PRODUCT: Document =
    query("CheckProduct", include_str!("check_product.graphql"), 302);
pub(super) const FIND_BY_ITEM: Document =
    query("FindByItem", include_str!("find_by_item.graphql"), 5);
pub(super) const LIST_ORDERS: Document =
    query("ListOrders", include_str!("list_orders.graphql"), 830);
pub(super) const GET_ORDER: Document = query("GetOrder", include_str!("get_order.graphql"), 403);
pub(super) const READ_ORDER: Document = query("ReadOrder", include_str!("read_order.graphql"), 641);
pub(super) const READ_SHIPMENTS: Document =
    query("ReadShipments", include_str!("read_shipments.graphql"), 881);
pub(super) const FULFIL: Document = mutation("Fulfil", include_str!("fulfil.graphql"), 13);
pub(super) const WEBHOOKS: Document = query("Webhooks", include_str!("webhooks.graphql"), 50);
/// Repeatable: a second subscription of a topic to the same address is refused.
pub(super) const SUBSCRIBE: Document =
    mutation("Subscribe", include_str!("subscribe.graphql"), 13).repeatable();

/// All of them. A document that is sent but not listed here can't be: [`Document`] is only made above.
pub const ALL: [Document; 19] = [
    SHOP,
    PREPARE,
    READ_PRODUCT,
    SET_PRODUCT,
    PUBLISH,
    DELETE_PRODUCT,
    PRODUCT_EXISTS,
    READ_STOCK,
    SET_STOCK,
    LIST_PRODUCTS,
    CHECK_PRODUCT,
    FIND_BY_ITEM,
    LIST_ORDERS,
    GET_ORDER,
    READ_ORDER,
    READ_SHIPMENTS,
    FULFIL,
    WEBHOOKS,
    SUBSCRIBE,
];
