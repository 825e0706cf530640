//! Variables, environment, files and output of a component.

use host::{Host, HostConfig};

use crate::support::{App, manifest};

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_the_given_value_through_its_template() {
    let app = App::start(|_| {}).await;
    assert_eq!(
        app.ask("variable", "greeting").await,
        r#"Ok("hello, {{ friend }}")"#
    );
    let other = App::start(|config| {
        config.variables.set("greeting", "good day");
    })
    .await;
    assert_eq!(
        other.ask("variable", "greeting").await,
        r#"Ok("good day, {{ friend }}")"#
    );
    assert_eq!(
        app.ask("variable", "greeting").await,
        r#"Ok("hello, {{ friend }}")"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_only_variables_that_the_manifest_passes_to_it() {
    let app = App::start(|_| {}).await;
    assert!(app.ask("variable", "peer").await.contains("Undefined"));
    assert!(app.ask("variable", "No Name").await.contains("InvalidName"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_the_manifests_and_nothing_of_the_hosts() {
    let app = App::start(|_| {}).await;
    assert_eq!(app.ask("environment", "").await, r#"[("COLOUR", "grey")]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_files_of_the_manifest_are_seen() {
    let app = App::start(|_| {}).await;
    assert_eq!(app.ask("file", "/notes/one.txt").await, "note one");
    assert_eq!(app.ask("file", "/shelf/book").await, "book");
    assert!(app.ask("file", "/notes/two.bin").await.starts_with("error"));
    assert!(app.ask("file", "/etc/passwd").await.starts_with("error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn output_becomes_lines_that_name_the_component() {
    let app = App::start(|_| {}).await;
    app.ask("print", "of order").await;
    app.line_with(&["[misbehave] out of order"]).await;
    app.line_with(&["[misbehave] err of order"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_named() {
    let app = App::start(|_| {}).await;
    let mut config = HostConfig::new(manifest());
    config.listen = app.host.addr();
    let error = Host::start(config).await.err().unwrap();
    assert!(format!("{error:#}").contains(&app.host.addr().to_string()));
}
