//! Every GraphQL document that this plugin can send; all of them are checked against the vendor's
//! schema by the tests.

/// A document with exactly one operation.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The operation's name.
    pub name: &'static str,
    /// The text that is sent.
    pub text: &'static str,
}

const fn document(name: &'static str, text: &'static str) -> Document {
    Document { name, text }
}

pub(super) const SHOP: Document = document("Shop", include_str!("shop.graphql"));
pub(super) const PREPARE: Document = document("Prepare", include_str!("prepare.graphql"));
pub(super) const READ_PRODUCT: Document =
    document("ReadProduct", include_str!("read_product.graphql"));
pub(super) const SET_PRODUCT: Document =
    document("SetProduct", include_str!("set_product.graphql"));
pub(super) const PUBLISH: Document = document("Publish", include_str!("publish.graphql"));
pub(super) const DELETE_PRODUCT: Document =
    document("DeleteProduct", include_str!("delete_product.graphql"));
pub(super) const PRODUCT_EXISTS: Document =
    document("ProductExists", include_str!("product_exists.graphql"));
pub(super) const READ_STOCK: Document = document("ReadStock", include_str!("read_stock.graphql"));
pub(super) const SET_STOCK: Document = document("SetStock", include_str!("set_stock.graphql"));
pub(super) const LIST_PRODUCTS: Document =
    document("ListProducts", include_str!("list_products.graphql"));
pub(super) const READ_ORDER: Document = document("ReadOrder", include_str!("read_order.graphql"));
pub(super) const READ_SHIPMENTS: Document =
    document("ReadShipments", include_str!("read_shipments.graphql"));
pub(super) const FULFIL: Document = document("Fulfil", include_str!("fulfil.graphql"));

/// All of them. A document that is sent but not listed here can't be: [`Document`] is only made above.
pub const ALL: [Document; 13] = [
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
    READ_ORDER,
    READ_SHIPMENTS,
    FULFIL,
];
