//! People of another identity provider.

use common::identity::jwk::SigningKey;
use common::identity::jwt::user_of;
use common::ports::Random;
use http::Method;
use serde_json::{Value, json};
use team::{Person, Team};

const ISSUER: &str = "https://id.test";

struct Sevens;
impl Random for Sevens {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// A team that trusts [`ISSUER`], which signs with [`key`].
async fn team() -> Team {
    let mut key = key().public_jwk();
    key["iss"] = json!(ISSUER);
    Team::told(&[("jwt_keys", &json!({"keys": [key]}).to_string())]).await
}

fn key() -> SigningKey {
    SigningKey::generate(&Sevens)
}

/// Whom the provider calls `subject`.
fn person(subject: &str, more: Value) -> Person {
    let mut claims = json!({"iss": ISSUER, "sub": subject, "exp": 4_000_000_000_i64});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = key().sign(&claims).unwrap();
    Person::showing(user_of(ISSUER, subject).to_string(), token)
}

#[tokio::test]
async fn who_comes_from_another_provider_founds_a_workspace_like_everybody() {
    let team = team().await;
    let cleo = person("user_2x", json!({"email": "Cleo@id.test"}));
    assert_eq!(team.get(&cleo, "/workspaces").await.expect(200)["count"], 0);
    let body = json!({"slug": "north", "name": "North"});
    for (slug, status) in [("north", 201), ("south", 201)] {
        let body = json!({"slug": slug, "name": body["name"]});
        let made = team.send(&cleo, Method::POST, "/workspaces", &body).await;
        assert_eq!(made.expect(status)["role"], "owner");
    }
    let row =
        "select jsonb_agg(jsonb_build_array(id, issuer, subject, email))::text from hub.users";
    let rows: Value = serde_json::from_str(&team.one(row).await).unwrap();
    assert_eq!(rows, json!([[cleo.id, ISSUER, "user_2x", "cleo@id.test"]]));
    team.get(&cleo.at("north"), "/products").await.expect(200);
}

#[tokio::test]
async fn who_comes_from_another_provider_accepts_an_invitation() {
    let team = team().await;
    let (ann, _) = team.founder("ann", "north").await;
    let invited = team.invite(&ann, &json!({"role": "operator"})).await;
    let cleo = person("user_2x", json!({}));
    team.accept(&cleo, &invited).await.expect(200);
    team.get(&cleo.at("north"), "/products").await.expect(200);
    team.get(&person("user_2y", json!({})).at("north"), "/products")
        .await
        .expect(403);
}

#[tokio::test]
async fn nobody_becomes_one_of_ours_by_what_another_provider_calls_them() {
    let team = team().await;
    let (ann, _) = team.founder("ann", "north").await;
    for more in [
        json!({}),
        json!({"email": "ann@team.test"}),
        json!({"workspace": "north"}),
    ] {
        let posing = person(&ann.id, more);
        team.get(&posing.at("north"), "/products").await.expect(403);
    }
    let posing = person(&ann.id, json!({"email": "ann@team.test"}));
    assert_eq!(
        team.get(&posing, "/workspaces").await.expect(200)["count"],
        0
    );
}
