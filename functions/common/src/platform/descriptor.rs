//! What a channel is, can do and allows: constants that the API serves as they are.

use serde::{Serialize, Serializer};

/// The operations that every plugin answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Check or renew the credentials.
    Authenticate,
    /// Read the channel's products.
    ListProducts,
    /// Make and show a product.
    CreateProduct,
    /// Change a product.
    UpdateProduct,
    /// Remove a product.
    DeleteProduct,
    /// Set the stock that the channel sells from.
    SyncInventory,
    /// Report that an order was sent.
    ProcessOrder,
    /// Ask what the channel would say to a product.
    PreviewProduct,
    /// See how the channel shows a product.
    CheckProduct,
    /// Read orders.
    ReadOrders,
    /// Receive and read the channel's notifications.
    Webhooks,
    /// Be let in by the shop's owner at an address of the channel.
    Connect,
}

impl OperationKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Authenticate,
        Self::ListProducts,
        Self::CreateProduct,
        Self::UpdateProduct,
        Self::DeleteProduct,
        Self::SyncInventory,
        Self::ProcessOrder,
        Self::PreviewProduct,
        Self::CheckProduct,
        Self::ReadOrders,
        Self::Webhooks,
        Self::Connect,
    ];

    /// The name that the API and the log use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::ListProducts => "list_products",
            Self::CreateProduct => "create_product",
            Self::UpdateProduct => "update_product",
            Self::DeleteProduct => "delete_product",
            Self::SyncInventory => "sync_inventory",
            Self::ProcessOrder => "process_order",
            Self::PreviewProduct => "preview_product",
            Self::CheckProduct => "check_product",
            Self::ReadOrders => "read_orders",
            Self::Webhooks => "webhooks",
            Self::Connect => "connect",
        }
    }
}

/// How well a channel does an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The channel has it.
    Native,
    /// Done by other means; the reason says which.
    Workaround,
    /// Not possible; the reason says why.
    Unsupported,
}

/// One operation's level and the reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// How well.
    pub level: Level,
    /// By which means, or why not.
    pub reason: &'static str,
}

impl Capability {
    /// The channel has it, by the named call.
    pub const fn native(reason: &'static str) -> Self {
        Self {
            level: Level::Native,
            reason,
        }
    }

    /// Done by the named other means.
    pub const fn workaround(reason: &'static str) -> Self {
        Self {
            level: Level::Workaround,
            reason,
        }
    }

    /// Not possible, for the named reason.
    pub const fn unsupported(reason: &'static str) -> Self {
        Self {
            level: Level::Unsupported,
            reason,
        }
    }
}

/// A limit on how often the channel may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateLimit {
    /// Unique in the platform.
    pub name: &'static str,
    /// Which requests draw from it; `*` all.
    pub class: &'static str,
    /// What is counted: `request`, `cost_point`.
    pub unit: &'static str,
    /// Units restored every second.
    pub per_second: f64,
    /// Units that may be used at once.
    pub burst: u32,
    /// What the limit is shared by.
    pub scope: &'static str,
}

/// What the channel allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Constraints {
    /// The channel's published limits; the lowest plan where they differ.
    pub rate_limits: &'static [RateLimit],
    /// The most rows that one call takes or gives.
    pub batch_size: u32,
    /// Operations whose result is not known when the call returns.
    pub asynchronous_operations: &'static [OperationKind],
    /// After this many seconds without a notification a store's orders are asked for.
    pub poll_after_s: u32,
}

/// A value that a store's `credentials` hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialField {
    /// The key.
    pub name: &'static str,
    /// Whether it must never be shown.
    pub secret: bool,
    /// What it is and when it is needed.
    pub description: &'static str,
}

/// A value that a store's `config` may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigField {
    /// The key.
    pub name: &'static str,
    /// Whether operations fail without it.
    pub required: bool,
    /// What it is.
    pub description: &'static str,
}

/// What a channel is and can do.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Descriptor {
    /// The value of a store's `platform`.
    pub slug: &'static str,
    /// For people.
    pub name: &'static str,
    /// The version of the vendor's API that is spoken.
    pub version: &'static str,
    /// One entry for every [`OperationKind`]; an object keyed by operation in JSON.
    #[serde(serialize_with = "as_map")]
    pub capabilities: &'static [(OperationKind, Capability)],
    /// What the channel allows.
    pub constraints: Constraints,
    /// What a store's `credentials` hold.
    pub credentials: &'static [CredentialField],
    /// Which of them signs the channel's notifications.
    pub webhook_credential: &'static str,
    /// What a store's `config` may hold.
    pub config: &'static [ConfigField],
    /// The vendor's own addresses: `spin.toml` lets the components that act on channels call these and no others.
    pub hosts: &'static [&'static str],
}

impl Descriptor {
    /// The capability for `kind`; an operation that is not listed is unsupported.
    pub fn capability(&self, kind: OperationKind) -> Capability {
        self.capabilities
            .iter()
            .find(|(listed, _)| *listed == kind)
            .map_or(
                Capability {
                    level: Level::Unsupported,
                    reason: "the plugin does not list it",
                },
                |(_, capability)| *capability,
            )
    }
}

fn as_map<S: Serializer>(
    capabilities: &&'static [(OperationKind, Capability)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        capabilities
            .iter()
            .map(|(kind, capability)| (kind.name(), capability)),
    )
}
