//! What is refused: requests that were altered on the way, and headers that nobody has a reason to send.

use super::*;

/// That `request` gets a 401 which tells nothing secret; answers what it says.
#[track_caller]
fn refused(request: &Request) -> String {
    let world = World::new();
    let error = verify(request, &world).unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert!(!error.body().to_string().contains(&world.secret()[5..]));
    error.message
}

#[test]
fn what_was_signed_and_altered_on_the_way_is_refused() {
    type Alter = fn(&mut Request);
    let altered: [(&str, Alter); 8] = [
        ("method", |request| request.method = Method::PUT),
        ("path", |request| request.path.push('/')),
        ("query", |request| request.query = "dry=0".to_owned()),
        ("no query", |request| request.query.clear()),
        ("authority", |request| {
            request
                .headers
                .insert("host", HeaderValue::from_static("hub.example:8443"));
        }),
        ("digest", |request| {
            let digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
            request
                .headers
                .insert("content-digest", HeaderValue::from_static(digest));
        }),
        ("head for get", |request| {
            request.method = Method::HEAD;
            request.serve_head_as_get();
        }),
        ("signature", |request| {
            let signature = request.headers["signature"].to_str().unwrap();
            let flipped = match signature.contains("=:A") {
                true => signature.replacen("=:A", "=:B", 1),
                false => format!("sig=:A{}", &signature[6..]),
            };
            request
                .headers
                .insert("signature", flipped.parse().unwrap());
        }),
    ];
    for (what, alter) in altered {
        let mut request = Signer::new().signed();
        alter(&mut request);
        let said = refused(&request);
        assert!(said.contains("does not fit"), "{what}: {said}");
    }
}

#[test]
fn every_parameter_is_signed() {
    for (old, new) in [
        ("created=1700000000", "created=1700000001"),
        ("expires=1700000060", "expires=1700000061"),
        ("nonce-of-16-chars", "nonce-of-16-charz"),
        ("07.1\"", "08.1\""),
        ("07.1\"", "07.2\""),
        (";alg=\"hmac-sha256\"", ""),
        ("\"@method\" \"@authority\"", "\"@authority\" \"@method\""),
    ] {
        let mut request = Signer::new().signed();
        let input = request.headers[INPUT_HEADER].to_str().unwrap();
        assert!(input.contains(old));
        let input = input.replacen(old, new, 1).parse().unwrap();
        request.headers.insert(INPUT_HEADER, input);
        assert!(refused(&request).contains("does not fit"), "{new}");
    }
}

#[test]
fn a_head_is_signed_as_a_head() {
    let mut signer = Signer::new();
    signer.request.method = Method::HEAD;
    let mut request = signer.signed();
    request.serve_head_as_get();
    assert_eq!(request.method, Method::GET);
    assert!(verify(&request, &World::new()).is_ok());

    let mut forged = Signer::new().signed();
    forged
        .headers
        .insert("hub-sent-method", HeaderValue::from_static("POST"));
    forged.method = Method::PUT;
    forged.serve_head_as_get();
    refused(&forged);
}

#[test]
fn another_secret_signs_nothing() {
    let mut signer = Signer::new();
    signer.secret.pop();
    assert!(refused(&signer.signed()).contains("does not fit"));
}

#[test]
fn what_has_to_be_covered_has_to_be_covered() {
    for name in ["@method", "@authority", "@path", "@query", "content-digest"] {
        let mut signer = Signer::new();
        signer.uncover(name);
        assert!(refused(&signer.signed()).contains(name));
    }
    // Without a body there is nothing to digest; with one of unknown length there is.
    let bare = |header: Option<(&'static str, &'static str)>| {
        let mut signer = Signer::new();
        signer.uncover("content-digest");
        signer.request.headers.remove("content-digest");
        signer.request.headers.remove("content-length");
        if let Some((name, value)) = header {
            signer.header(name, value);
        }
        signer.signed()
    };
    let world = World::new();
    assert!(verify(&bare(None), &world).is_ok());
    assert!(verify(&bare(Some(("content-length", "0"))), &world).is_ok());
    refused(&bare(Some(("transfer-encoding", "chunked"))));
    refused(&bare(Some(("content-length", "1"))));
    refused(&bare(Some(("content-length", "00"))));
}

#[test]
fn unknown_double_or_parameterised_components_are_refused() {
    for name in [
        "@target-uri",
        "@scheme",
        "@request-target",
        "@status",
        "@unknown",
        "@query-param",
        "Content-Type",
        "not a header",
        "",
        "x-absent",
        "signature",
        "signature-input",
        "@method",
    ] {
        let mut signer = Signer::new();
        signer.components.push(name.to_owned());
        signer
            .request
            .headers
            .insert("signature", HeaderValue::from_static("x"));
        signer
            .request
            .headers
            .insert(INPUT_HEADER, HeaderValue::from_static("x"));
        let said = refused(&signer.signed());
        assert!(said.starts_with("Signature-Input"), "{name}: {said}");
    }
    for name in [
        "content-digest\";sf",
        "content-digest\";bs",
        "@method\";req",
    ] {
        let mut request = Signer::new().signed();
        let input = request.headers[INPUT_HEADER].to_str().unwrap();
        let bare = name.split('"').next().unwrap();
        let input = input.replacen(&format!("{bare}\""), name, 1);
        request.headers.insert(INPUT_HEADER, input.parse().unwrap());
        assert!(refused(&request).contains("without parameters"), "{name}");
    }
}

#[test]
fn parameters_that_are_missing_wrong_or_unknown_are_refused() {
    for (old, new, named) in [
        (";created=1700000000", "", "created"),
        (";expires=1700000060", "", "expires"),
        (";nonce=\"nonce-of-16-chars\"", "", "nonce"),
        ("nonce-of-16-chars", "fifteen-letters", "nonce"),
        ("nonce-of-16-chars", "sixteen with spaces", "nonce"),
        (";keyid=", ";x=", "parameters"),
        ("shs_dev-1_", "shk_dev-1_", "keyid"),
        ("hmac-sha256", "rsa-v1_5-sha256", "alg"),
        ("hmac-sha256", "none", "alg"),
        ("\"hmac-sha256\"", "hmac-sha256", "alg"),
        ("1700000060", "1700000000", "expires"),
        ("1700000060", "1699999999", "expires"),
        ("1700000060", "1700000301", "expires"),
        ("1700000000", "1700000000.0", "created"),
        ("1700000000", "\"1700000000\"", "created"),
        ("created=1700000000", "created=-999999999999999", "expires"),
        (";alg=", ";tag=\"x\";alg=", "parameters"),
    ] {
        let mut signer = Signer::new();
        signer.param(old, new);
        let said = refused(&signer.signed());
        assert!(said.contains(named), "{new}: {said}");
    }
    let mut long = Signer::new();
    long.param("nonce-of-16-chars", &"n".repeat(129));
    refused(&long.signed());
}

#[test]
fn two_signatures_are_one_too_many() {
    let sent = |alter: fn(&str) -> String, name: &'static str| {
        let mut request = Signer::new().signed();
        let value = alter(request.headers[name].to_str().unwrap());
        request.headers.insert(name, value.parse().unwrap());
        request
    };
    for name in [INPUT_HEADER, "signature"] {
        refused(&sent(|one| format!("{one}, other={}", &one[4..]), name));
        refused(&sent(|one| format!("{one}, {one}"), name));
        refused(&sent(|one| one.replacen("sig", "gis", 1), name));
        refused(&sent(|_| String::new(), name));
        refused(&sent(|_| "sig".to_owned(), name));
        refused(&sent(|one| format!("{one};x"), name));
        refused(&sent(|one| format!("{one}, {}", "x=1,".repeat(1200)), name));
        let mut twice = Signer::new().signed();
        let again = twice.headers[name].clone();
        twice.headers.append(name, again);
        refused(&twice);
        let mut none = Signer::new().signed();
        none.headers.remove(name);
        refused(&none);
    }
    let labelled = Signer::new().labelled("any.label-1");
    assert!(verify(&labelled, &World::new()).is_ok());
}

#[test]
fn a_line_break_can_not_be_smuggled_into_the_base() {
    for path in ["/jobs\n\"@query\": ?", "/jobs\r", "/j\u{f6}bs"] {
        let mut signer = Signer::new();
        signer.request.path = path.to_owned();
        assert!(refused(&signer.signed()).contains("one line"), "{path:?}");
    }
}

#[test]
fn a_request_without_exactly_one_host_is_refused() {
    let mut none = Signer::new().signed();
    none.headers.remove("host");
    refused(&none);
    let mut two = Signer::new().signed();
    let again = two.headers["host"].clone();
    two.headers.append("host", again);
    refused(&two);
}

proptest! {
    #[test]
    fn whatever_the_headers_say_it_is_a_401(
        input in prop_oneof!["\\PC{0,120}", "sig=\\((\"[@a-z-]{0,12}\"(;[a-z]{1,3})? ?){0,6}\\)(;[a-z]{1,8}(=(-?[0-9]{1,16}(\\.[0-9]{1,3})?|\"[ -~]{0,20}\"|:[A-Za-z0-9+/=]{0,9}:|\\?[01]|@[0-9]{1,9}|[a-z*]{1,5}))?){0,7}"],
        signature in prop_oneof!["\\PC{0,60}", "sig=:[A-Za-z0-9+/=]{0,60}:(;[a-z]=1)?"],
    ) {
        let mut request = Signer::new().signed();
        for (name, text) in [(INPUT_HEADER, input), ("signature", signature)] {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                request.headers.insert(name, value);
                let error = verify(&request, &World::new()).unwrap_err();
                prop_assert_eq!(error.kind, Kind::Unauthorized);
            }
        }
    }
}
