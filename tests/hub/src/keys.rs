//! `cargo hub keys`: how many values each key-encryption key still seals, so that one sees when an old one can go.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cluster::connect;

use crate::output;
use crate::project::Project;
use crate::secrets::Secrets;
use crate::state::State;
use crate::token::running_or_given;

/// How many values there are, by form and key: `v2.<key id>`; none of either where a value is not sealed.
type Counts = BTreeMap<String, u64>;

/// Prints a line for each key of `credentials_keys` and for each that is not among them any more.
///
/// # Errors
/// When no database is running, it is not migrated, or the administrator may not act as `hub_worker`.
pub async fn keys(project: &Project, option: Option<String>) -> Result<()> {
    let ring = Secrets::of(project)?.credentials_keys;
    let running = State::of_running(project)?.map(|state| state.database_url);
    let counts = count(&running_or_given(option, running)?).await?;
    table(&ring, &counts)
        .iter()
        .try_for_each(|line| output::line(line))
}

/// What the database of `admin_url` holds.
///
/// # Errors
/// As [`keys`].
pub async fn count(admin_url: &str) -> Result<Counts> {
    let mut client = connect(admin_url).await?;
    let look = client.transaction().await?;
    // Row level security holds for the tables' owner too; the worker's role is the one that sees what is sealed.
    look.batch_execute("set local role hub_worker")
        .await
        .context("the administrator has to be a superuser or a member of hub_worker")?;
    let counted = look
        .query_one("select hub.count_sealed('{}')", &[])
        .await
        .context("could not count: is the database migrated (`cargo hub migrate`)?")?;
    let counted: &str = counted.try_get(0)?;
    serde_json::from_str(counted).context("the database answered something else than numbers")
}

fn table(ring: &str, counts: &Counts) -> Vec<String> {
    let of = |form: &str, id: &str| counts.get(&format!("{form}.{id}")).copied().unwrap_or(0);
    let ids: Vec<&str> = ring
        .split(',')
        .filter_map(|entry| Some(entry.trim().split_once(':')?.0))
        .collect();
    let gone: Vec<&str> = counts
        .keys()
        .map(|seal| seal.split_once('.').map_or("", |(_, id)| id))
        .filter(|id| !ids.contains(id))
        .collect();
    let mut lines = vec![row("key", "values", "")];
    let first = ids.first().copied();
    let mut listed: Vec<&str> = Vec::new();
    for id in ids.iter().copied().chain(gone) {
        if listed.contains(&id) {
            continue;
        }
        listed.push(id);
        let (direct, enveloped) = (of("v1", id), of("v2", id));
        let all = direct
            + enveloped
            + if id.is_empty() {
                counts.get("").copied().unwrap_or(0)
            } else {
                0
            };
        let note = match (id, all) {
            ("", _) => "not sealed at all: set these credentials again",
            (id, _) if !ids.contains(&id) => "not in credentials_keys: these can't be opened",
            (id, 0) if first != Some(id) => "can be removed from credentials_keys",
            (id, _) if first == Some(id) && direct == 0 => "seals what is new",
            (id, _) if first == Some(id) => "seals what is new; key-rotation is at work",
            _ => "key-rotation is at work",
        };
        lines.push(row(
            if id.is_empty() { "(none)" } else { id },
            &all.to_string(),
            note,
        ));
    }
    lines
}

fn row(key: &str, values: &str, note: &str) -> String {
    format!("{key:<20} {values:>8}  {note}")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::{Counts, table};

    #[test]
    fn each_key_says_whether_it_can_go() {
        let counts = [
            ("v2.new", 5),
            ("v2.old", 2),
            ("v1.old", 1),
            ("v1.lost", 4),
            ("v2.lost", 1),
            ("", 3),
        ];
        let counts: Counts = counts.map(|(seal, n)| (seal.to_owned(), n)).into();
        let lines = table("new:k, old:k,older:k", &counts);
        let words = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = lines.iter().map(words).collect();
        assert_eq!(
            lines,
            [
                "key values",
                "new 5 seals what is new",
                "old 3 key-rotation is at work",
                "older 0 can be removed from credentials_keys",
                "(none) 3 not sealed at all: set these credentials again",
                "lost 5 not in credentials_keys: these can't be opened",
            ]
        );
    }
}
