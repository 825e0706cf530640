#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is a failed test"
)]

use super::*;

fn parse(text: &str) -> Result<Application> {
    Application::parse(
        &format!("spin_manifest_version = 2\n{text}"),
        PathBuf::from("/app"),
    )
}

#[test]
fn keys_that_only_spin_uses_are_passed_over() {
    let application = parse(
        r#"
        [application]
        name = "x"
        [[trigger.http]]
        route = "/..."
        component = "a"
        executor = { type = "http" }
        [component.a]
        source = "a.wasm"
        key_value_stores = ["default"]
        [component.a.build]
        command = "make"
        "#,
    )
    .unwrap();
    assert_eq!(application.http[0].component, "a");
    assert_eq!(application.source("a").unwrap(), Path::new("/app/a.wasm"));
}

#[test]
fn a_component_may_stand_in_its_trigger() {
    let application = parse(
        r#"
        [[trigger.http]]
        route = "/a"
        component = { source = "a.wasm", environment = { K = "v" } }
        "#,
    )
    .unwrap();
    let id = &application.http[0].component;
    assert_eq!(application.components[id].environment["K"], "v");
}

#[test]
fn an_error_names_the_key() {
    for (text, key) in [
        (
            "[[trigger.http]]\nroute = '/'\ncomponent = 'b'",
            "component.b",
        ),
        (
            "[variables]\nx = { required = true, default = '1' }",
            "variables.x",
        ),
        ("[variables]\nx = { requierd = true }", "requierd"),
        ("[component.a]\nallowed_outbound_hosts = []", "source"),
        (
            "[[trigger.http]]\nroute = { private = false }\ncomponent = 'a'\n[component.a]\nsource = 'a'",
            "trigger.http[0].route",
        ),
    ] {
        let error = format!("{:#}", parse(text).unwrap_err());
        assert!(error.contains(key), "{error} should name {key}");
    }
}

#[test]
fn a_remote_source_is_refused_in_words() {
    let application = parse(
        r#"
        [[trigger.cron]]
        cron_expression = "* * * * * *"
        component = "a"
        [component.a]
        source = { url = "https://example.com/a.wasm", digest = "sha256:00" }
        "#,
    )
    .unwrap();
    assert!(
        application
            .source("a")
            .unwrap_err()
            .to_string()
            .contains("example.com")
    );
}
