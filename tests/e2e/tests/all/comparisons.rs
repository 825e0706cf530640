//! Secrets are compared in constant time: by `hmac` or `subtle`, never by `==`, whose time says how much was guessed right.

use e2e::root;
use std::path::{Path, PathBuf};

/// What a secret, or what proves one, is called.
const SECRET: [&str; 10] = [
    "signature",
    "hmac",
    "mac",
    "tag",
    "hash",
    "secret",
    "password",
    "token",
    "verifier",
    "nonce",
];

/// Sources that run for callers; tests compare as they like.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_test = name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs");
        match path.is_dir() {
            true if !is_test => sources(&path, found),
            false if !is_test && name.ends_with(".rs") => found.push(path),
            _ => {}
        }
    }
}

/// The name of what stands at the near end of an operand: `self.key.hash()` → `hash`.
fn name_of(operand: &str, left: bool) -> String {
    let mut depth = 0i32;
    let (open, close) = if left { (')', '(') } else { ('(', ')') };
    let part = |c: char| c.is_ascii_alphanumeric() || "_.:&*?".contains(c);
    let mut plain = String::new();
    let characters: Vec<char> = match left {
        true => operand.trim_end().chars().rev().collect(),
        false => operand.trim_start().chars().collect(),
    };
    for c in characters {
        match c {
            _ if c == open => depth += 1,
            _ if c == close && depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ if part(c) => plain.push(c),
            _ => break,
        }
    }
    let plain: String = if left {
        plain.chars().rev().collect()
    } else {
        plain
    };
    let last = plain.rsplit(['.', ':']).next().unwrap_or_default();
    last.trim_matches(['&', '*', '?']).to_lowercase()
}

/// The name of a secret that `line` compares with `==` or `!=`.
fn compared_secret(line: &str) -> Option<String> {
    let code = line.split("//").next().unwrap_or_default();
    for operator in ["==", "!="] {
        let mut rest = code;
        while let Some((left, right)) = rest.split_once(operator) {
            for name in [name_of(left, true), name_of(right, false)] {
                let words: Vec<&str> = name.split('_').collect();
                if SECRET.iter().any(|secret| words.contains(secret)) {
                    return Some(name);
                }
            }
            rest = right;
        }
    }
    None
}

#[test]
fn no_secret_is_compared_byte_by_byte() {
    let mut found = Vec::new();
    sources(&root().join("functions"), &mut found);
    assert!(
        found.len() > 100,
        "the sources are where they are looked for"
    );
    let mut faults = Vec::new();
    for path in found {
        let source = std::fs::read_to_string(&path).unwrap();
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            if let Some(name) = compared_secret(line) {
                faults.push(format!("{}:{}: {name}", path.display(), number + 1));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "compare in constant time (verify_slice, ct_eq):\n{}",
        faults.join("\n")
    );
}

#[test]
fn a_comparison_of_secrets_is_seen_however_it_is_written() {
    for line in [
        "if signature == expected {",
        "    && self.key.hash() != given",
        "match given == &*stored.token_hash {",
        "a == b && x == hex(y).secret",
    ] {
        assert!(compared_secret(line).is_some(), "{line}");
    }
    for line in [
        "if token.algorithm != key.algorithm() {",
        "keys.get(token) == Some(key)",
        "signature.len() == 32",
        "let secret = a == b;",
        "// signature == expected",
    ] {
        assert_eq!(compared_secret(line), None, "{line}");
    }
}
