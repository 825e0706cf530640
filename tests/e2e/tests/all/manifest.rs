//! spin.toml and the folders say the same, and no component may reach more than it needs.

use e2e::root;
use std::collections::BTreeSet;

fn manifest() -> toml::Table {
    std::fs::read_to_string(root().join("spin.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

fn folders(kind: &str) -> BTreeSet<String> {
    std::fs::read_dir(root().join("functions").join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_folder_is_one_component_with_one_trigger_and_one_package() {
    let manifest = manifest();
    for kind in ["http", "cron"] {
        let triggers = manifest["trigger"][kind].as_array().unwrap();
        let named: Vec<&str> = triggers
            .iter()
            .map(|trigger| trigger["component"].as_str().unwrap())
            .collect();
        let once: BTreeSet<String> = named.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(
            named.len(),
            once.len(),
            "a component has two {kind} triggers"
        );
        assert_eq!(once, folders(kind));
        for name in once {
            let package = root()
                .join("functions")
                .join(kind)
                .join(&name)
                .join("Cargo.toml");
            let package: toml::Table = std::fs::read_to_string(package).unwrap().parse().unwrap();
            assert_eq!(package["package"]["name"].as_str(), Some(name.as_str()));
            let source = manifest["component"][&name]["source"].as_str().unwrap();
            assert!(
                source.ends_with(&format!("/{}.wasm", name.replace('-', "_"))),
                "{source}"
            );
        }
    }
}

#[test]
fn only_those_call_channels_who_act_on_them_and_only_at_the_addresses_that_the_plugins_name() {
    let mut channels = vec!["postgres://{{ database_host }}"];
    for platform in platforms::all() {
        channels.extend(platform.descriptor().hosts);
    }
    channels.push("{{ sandbox_host }}");
    for (name, component) in manifest()["component"].as_table().unwrap() {
        let hosts: Vec<&str> = component["allowed_outbound_hosts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|host| host.as_str().unwrap())
            .collect();
        let wanted: &[&str] = match name.as_str() {
            "job-worker" | "oauth-callback" => &channels,
            "not-found" => &[],
            _ if verifies_tokens(component) => {
                &["postgres://{{ database_host }}", "{{ jwks_host }}"]
            }
            _ => &["postgres://{{ database_host }}"],
        };
        assert_eq!(hosts, wanted, "{name}");
    }
}

/// Whether a component is told whose tokens are good, and takes those of an identity provider too.
fn verifies_tokens(component: &toml::Value) -> bool {
    let variables = component.get("variables").and_then(toml::Value::as_table);
    variables.is_some_and(|all| all.contains_key("jwks_url"))
}

#[test]
fn secrets_go_only_to_who_needs_them() {
    for (name, component) in manifest()["component"].as_table().unwrap() {
        let variables = component.get("variables").and_then(toml::Value::as_table);
        let has = |variable: &str| variables.is_some_and(|all| all.contains_key(variable));
        assert_eq!(
            has("credentials_keys"),
            [
                "stores",
                "job-worker",
                "key-rotation",
                "oauth-callback",
                "webhooks",
                "api-webhook",
                "webhook-keys"
            ]
            .contains(&name.as_str()),
            "{name}"
        );
        let scheduled = folders("cron").contains(name);
        assert_eq!(has("worker_database_url"), scheduled, "{name}");
        let serves = !scheduled && name != "not-found";
        assert_eq!(has("database_url"), serves, "{name}");
        let for_nobody = ["webhooks", "api-webhook", "oauth-callback"].contains(&name.as_str());
        let open = name == "health" || for_nobody;
        let in_workspaces = serves && !open && name != "auth";
        for variable in [
            "jwt_secret",
            "jwks_url",
            "jwt_issuer",
            "jwt_audience",
            "signing_keys",
        ] {
            assert_eq!(has(variable), in_workspaces, "{name} {variable}");
        }
        // The sign-in knows its own people's tokens and no others.
        assert_eq!(has("jwt_keys"), serves && !open, "{name}");
        assert_eq!(has("auth_signing_keys"), name == "auth", "{name}");
        let as_worker = variables
            .and_then(|all| all.get("database_url"))
            .is_some_and(|url| url.as_str() == Some("{{ worker_database_url }}"));
        assert_eq!(
            as_worker, for_nobody,
            "{name}: who acts for no member has the worker's role"
        );
        let as_sign_in = variables
            .and_then(|all| all.get("database_url"))
            .is_some_and(|url| url.as_str() == Some("{{ auth_database_url }}"));
        assert_eq!(as_sign_in, name == "auth", "{name}");
    }
}
