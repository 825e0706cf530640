//! Every route of the application, from spin.toml and the tables of the components.

use common::router::{Routes, methods};
use e2e::root;
use std::collections::{BTreeMap, BTreeSet};

/// The components that are linked into these tests, with their routes.
const COMPONENTS: &[(&str, Routes)] = &[
    ("api-keys", api_keys::ROUTES),
    ("api-webhook", api_webhook::ROUTES),
    ("approvals", approvals::ROUTES),
    ("audit-logs", audit_logs::ROUTES),
    ("auth", auth::ROUTES),
    ("channels", channels::ROUTES),
    ("health", health::ROUTES),
    ("invitations", invitations::ROUTES),
    ("jobs", jobs::ROUTES),
    ("listings", listings::ROUTES),
    ("members", members::ROUTES),
    ("not-found", not_found::ROUTES),
    ("oauth-callback", oauth_callback::ROUTES),
    ("orders", orders::ROUTES),
    ("products", products::ROUTES),
    ("stores", stores::ROUTES),
    ("webhook-events", webhook_events::ROUTES),
    ("webhook-keys", webhook_keys::ROUTES),
    ("webhooks", webhooks::ROUTES),
    ("workspaces", workspaces::ROUTES),
];

/// spin.toml's HTTP triggers: the component and the route, such as `/jobs/...`.
fn triggers() -> BTreeMap<String, String> {
    let manifest: toml::Table = std::fs::read_to_string(root().join("spin.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let text = |trigger: &toml::Value, name: &str| trigger[name].as_str().unwrap().to_owned();
    manifest["trigger"]["http"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trigger| (text(trigger, "component"), text(trigger, "route")))
        .collect()
}

/// Every route of every component that has a trigger.
pub fn routes() -> BTreeSet<&'static str> {
    let triggers = triggers();
    let linked: BTreeMap<&str, Routes> = COMPONENTS.iter().copied().collect();
    let tables = triggers.keys().map(|component| {
        linked.get(component.as_str()).unwrap_or_else(|| {
            panic!("spin.toml has the component {component}: link it in attack/tables.rs")
        })
    });
    tables.flat_map(|table| table.iter().copied()).collect()
}

#[test]
fn every_component_with_an_http_trigger_is_attacked() {
    let linked: BTreeSet<&str> = COMPONENTS.iter().map(|(name, _)| *name).collect();
    let triggers = triggers();
    let triggered: BTreeSet<&str> = triggers.keys().map(String::as_str).collect();
    assert_eq!(linked, triggered);
}

#[test]
fn every_route_lies_where_its_components_trigger_is_and_can_be_reached() {
    let triggers = triggers();
    for (component, table) in COMPONENTS {
        let trigger = &triggers[*component];
        for route in *table {
            let (method, path) = route.split_once(' ').unwrap();
            let inside = match trigger.strip_suffix("/...") {
                Some(base) => path == base || path.starts_with(&format!("{base}/")),
                None => path == trigger,
            };
            assert!(inside, "{component} can't be asked for {route}");
            let reached = methods(table, path);
            let times = reached.iter().filter(|known| *known == method).count();
            assert_eq!(times, 1, "{route}: {reached:?}");
        }
    }
}

/// The source is looked at, because a component could do without its table.
#[test]
fn every_component_dispatches_by_its_table() {
    for (component, table) in COMPONENTS.iter().filter(|(_, table)| !table.is_empty()) {
        let source = root().join(format!("functions/http/{component}/src/lib.rs"));
        let source = std::fs::read_to_string(source).unwrap();
        assert!(
            source.contains("find(ROUTES, &request)?"),
            "{component} has another way to its routes"
        );
        assert!(
            !source.contains("request.path") && !source.contains("request.method"),
            "{component} looks at the path or the method itself"
        );
        for route in *table {
            let times = source.matches(&format!("\"{route}\"")).count();
            assert_eq!(times, 2, "{component}: {route} is in the table and served");
        }
    }
}
