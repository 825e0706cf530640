//! What a workspace has, in a few bytes: if it is the same before and after, nothing changed.

use super::world::Tenant;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

/// Tables that show that somebody asked, not what anybody has.
const BOOKKEEPING: [&str; 2] = ["rate_buckets", "auth_events"];

/// Reads all tables past row level security.
pub struct Ledger {
    digest: String,
    ids: String,
}

/// A table's name and a hash over its rows.
pub type Digest = BTreeMap<String, String>;

impl Ledger {
    /// Over every table of `hub` that says whose its rows are: by workspace, else by user.
    pub async fn of(admin: &Client) -> Self {
        let statement = "select c.table_name::text, array_agg(c.column_name::text), array_agg(c.udt_name::text)
            from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where table_schema = 'hub' and t.table_type = 'BASE TABLE' group by 1 order by 1";
        let (mut digest, mut ids) = (Vec::new(), Vec::new());
        for row in admin.query(statement, &[]).await.unwrap() {
            let (table, columns): (String, Vec<String>) = (row.get(0), row.get(1));
            let types: Vec<String> = row.get(2);
            let has = |name: &str| columns.iter().any(|column| column == name);
            let whose = match table.as_str() {
                "workspaces" => "id = $1::text::uuid",
                "users" => "id::text = any ($2)",
                _ if has("workspace_id") => "workspace_id = $1::text::uuid",
                _ if has("user_id") => "user_id::text = any ($2)",
                _ => continue,
            };
            if BOOKKEEPING.contains(&table.as_str()) {
                continue;
            }
            digest.push(format!(
                "select '{table}', md5(coalesce(string_agg(row, '|' order by row), '')) from (select (to_jsonb(t) - 'last_used_at')::text as row from hub.{table} t where {whose}) rows"
            ));
            for (column, kind) in columns.iter().zip(types) {
                if kind == "uuid" {
                    ids.push(format!(
                        "select {column}::text from hub.{table} where {whose}"
                    ));
                }
            }
        }
        Self {
            digest: digest.join(" union all "),
            ids: ids.join(" union "),
        }
    }

    /// What `tenant` has now.
    pub async fn digest(&self, admin: &Client, tenant: &Tenant) -> Digest {
        let rows = admin
            .query(&self.digest, &[&tenant.id, &tenant.users()])
            .await
            .unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Every id in what `tenant` has.
    pub async fn ids(&self, admin: &Client, tenant: &Tenant) -> BTreeSet<String> {
        let rows = admin
            .query(&self.ids, &[&tenant.id, &tenant.users()])
            .await
            .unwrap();
        rows.iter().filter_map(|row| row.get(0)).collect()
    }
}

/// The tables in which `before` and `after` differ.
pub fn changed(before: &Digest, after: &Digest) -> Vec<String> {
    before
        .keys()
        .chain(after.keys())
        .filter(|table| before.get(*table) != after.get(*table))
        .cloned()
        .collect::<BTreeSet<String>>()
        .into_iter()
        .collect()
}
