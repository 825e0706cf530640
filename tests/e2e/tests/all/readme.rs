//! The README tells the truth: its first calls work as they stand, and the tests that it names exist.

use e2e::{App, root};
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The text of the section `## title`.
fn section(title: &str) -> String {
    let text = readme();
    let (_, rest) = text.split_once(&format!("\n## {title}\n")).unwrap();
    rest.split("\n## ").next().unwrap().to_owned()
}

/// Everything between ```` ```sh ```` and ```` ``` ````.
fn commands(section: &str) -> String {
    let blocks = section.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_signs_in_makes_a_key_calls_signs_and_reads_the_record() {
    for program in ["curl", "openssl", "jq", "bash"] {
        if Command::new(program).arg("--version").output().is_err() {
            crate::node::skip(&format!("{program} is absent"));
            return;
        }
    }
    let app = App::start().await;
    let script =
        commands(&section("First calls")).replace("http://127.0.0.1:3000", &app.host.url());
    let mut bash = Command::new("bash");
    bash.args([
        "-euo",
        "pipefail",
        "-c",
        &script.replace("curl -sS", "curl -sS --fail-with-body -w '\\n'"),
    ]);
    let output = bash.current_dir(root());
    let output = output.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for wanted in [
        r#""slug":"north""#,
        r#""title":"Mug""#,
        r#""status":"pending""#,
        r#""via":"signature""#,
        r#""via":"key""#,
        r#""intact""#,
    ] {
        let squeezed = text.replace("\": ", "\":");
        assert!(squeezed.contains(wanted), "{wanted} in\n{text}");
    }
}

#[test]
fn every_test_that_the_security_page_names_exists() {
    let mut sources = String::new();
    for pattern in ["functions/**/*.rs", "tests/**/*.rs"] {
        for path in glob::glob(&root().join(pattern).to_string_lossy()).unwrap() {
            sources += &std::fs::read_to_string(path.unwrap()).unwrap();
        }
    }
    let mut named = 0;
    for line in section("Security")
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [promise, proof] = cells.as_slice() else {
            panic!("not two cells: {line}");
        };
        if *proof == "proved by" || promise.contains("promise") {
            continue;
        }
        let tests: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "nothing proves: {promise}");
        for test in tests {
            assert!(
                sources.contains(&format!("fn {test}(")),
                "there is no test {test}"
            );
            named += 1;
        }
    }
    assert!(named > 60, "the security page names {named} tests");
}
