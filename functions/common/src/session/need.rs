//! What somebody has to be allowed.

/// The right that a request needs; `hub.may` (migrations) says which role has which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// See the workspace's resources. Every role.
    Read,
    /// See the audit trail. Owner, admin, reviewer.
    Audit,
    /// Change products and listings. Owner, admin, operator.
    Catalogue,
    /// Connect and change stores. Owner, admin.
    Stores,
    /// Ask for approval. Owner, admin, operator.
    Request,
    /// Decide on approvals. Owner, admin, reviewer.
    Decide,
    /// Create and change jobs. Owner, admin, operator.
    Jobs,
    /// Decide who else may. Owner, admin; never a key.
    Members,
    /// Make and end API keys. Owner, admin; never a key.
    Keys,
    /// What somebody does for themselves, in no workspace. People only.
    Personal,
}

impl Need {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Audit => "audit",
            Self::Catalogue => "catalogue",
            Self::Stores => "stores",
            Self::Request => "request",
            Self::Decide => "decide",
            Self::Jobs => "jobs",
            Self::Members => "members",
            Self::Keys => "keys",
            Self::Personal => "personal",
        }
    }
}
