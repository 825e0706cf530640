//! A small shop to play on: one workspace with a member of each kind, one store, one product, one listing.

use anyhow::Result;
use cluster::{TestDatabase, connect};
use tokio_postgres::Client;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// May do everything; asks for changes.
    Owner,
    /// Decides.
    Reviewer,
    /// Asks for changes, may not decide.
    Operator,
}

impl Member {
    const ALL: [Self; 3] = [Self::Owner, Self::Reviewer, Self::Operator];

    pub(crate) const fn role(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
        }
    }
}

/// A database of its own with a shop in it, and a connection for each kind of caller.
pub struct Stage {
    /// Where it runs.
    pub database: TestDatabase,
    /// The superuser: prepares, and looks past row level security.
    pub admin: Client,
    /// As HTTP components connect.
    pub app: Client,
    /// As cron components connect.
    pub worker: Client,
    /// The shop's workspace, slug `one`.
    pub workspace: String,
    /// Its only store; active.
    pub store: String,
    /// Its only product, with one variant.
    pub product: String,
    /// The product in the store; a draft at 12.50 with 5 pieces.
    pub listing: String,
}

impl Stage {
    /// Makes one.
    ///
    /// # Errors
    /// When there is no Postgres, or the fixtures don't fit the schema.
    pub async fn new() -> Result<Self> {
        let database = TestDatabase::new().await?;
        let mut stage = Self {
            admin: database.admin().await?,
            app: connect(&database.app_url).await?,
            worker: connect(&database.worker_url).await?,
            database,
            workspace: String::new(),
            store: String::new(),
            product: String::new(),
            listing: String::new(),
        };
        for member in Member::ALL {
            let user = format!(
                "insert into hub.users (email) values ('{}@one.test')",
                member.role()
            );
            stage.admin.batch_execute(&user).await?;
        }
        stage.workspace = stage.workspace_of("one").await?;
        stage.store = stage.store_of(&stage.workspace, "main").await?;
        stage.product = stage.product_of(&stage.workspace, "mug").await?;
        stage.listing = stage
            .listing_of(&stage.workspace, &stage.product, &stage.store)
            .await?;
        Ok(stage)
    }

    /// A workspace with every member in it; answers its id.
    ///
    /// # Errors
    /// When the slug is taken.
    pub async fn workspace_of(&self, slug: &str) -> Result<String> {
        let id = self
            .one(&format!("insert into hub.workspaces (slug, name) values ('{slug}', 'A shop') returning id::text"))
            .await?;
        let members = format!(
            "insert into hub.members (user_id, workspace_id, role)
             select id, '{id}', split_part(email, '@', 1) from hub.users where email like '%@one.test'"
        );
        self.admin.batch_execute(&members).await?;
        Ok(id)
    }

    /// An active store; answers its id.
    ///
    /// # Errors
    /// When the workspace is none or the name is taken.
    pub async fn store_of(&self, workspace: &str, name: &str) -> Result<String> {
        self.one(&format!(
            "insert into hub.stores (workspace_id, platform, name, credentials)
             values ('{workspace}', 'shopify', '{name}', 'sealed') returning id::text"
        ))
        .await
    }

    /// A product with one variant; answers its id.
    ///
    /// # Errors
    /// When the workspace is none or the SKU is taken.
    pub async fn product_of(&self, workspace: &str, sku: &str) -> Result<String> {
        self.one(&format!(
            "with p as (insert into hub.products (workspace_id, sku, title) values ('{workspace}', '{sku}', 'A {sku}') returning id),
                  v as (insert into hub.product_variants (workspace_id, product_id, sku, price_minor, currency, inventory)
                        select '{workspace}', id, '{sku}-1', 1200, 'USD', 5 from p)
             select id::text from p"
        ))
        .await
    }

    /// A draft listing at 12.50 with 5 pieces; answers its id.
    ///
    /// # Errors
    /// When product or store are not of the workspace, or the pair is listed already.
    pub async fn listing_of(&self, workspace: &str, product: &str, store: &str) -> Result<String> {
        self.one(&format!(
            "insert into hub.listings (workspace_id, product_id, store_id, price_minor, currency, inventory)
             values ('{workspace}', '{product}', '{store}', 1250, 'USD', 5) returning id::text"
        ))
        .await
    }

    /// The only value of a statement run as the superuser, as text; null is empty.
    ///
    /// # Errors
    /// When the statement fails or does not answer one text.
    pub async fn one(&self, statement: &str) -> Result<String> {
        let row = self.admin.query_one(statement, &[]).await?;
        Ok(row.try_get::<_, Option<String>>(0)?.unwrap_or_default())
    }
}
