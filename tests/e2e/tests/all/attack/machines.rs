//! Machines whose keys are not the victim's, or that may only read.

use super::rows::unique;
use super::signer::Signer;
use super::world::{Attacker, Standing, Tenant, World};
use e2e::Caller;
use hub::token::Role;
use serde_json::{Value, json};

/// All that a key can be allowed.
const SCOPES: [&str; 7] = [
    "read",
    "audit",
    "catalogue",
    "stores",
    "request",
    "decide",
    "jobs",
];

impl World {
    /// Everybody with a key. `nobody` is a caller who proves nothing.
    pub async fn machines(&self, nobody: &Caller) -> Vec<Attacker> {
        let bearer = self.key(&self.attacker, "bearer", &SCOPES).await;
        let bearer = self.app.bearer(&bearer.1);
        let (keyid, secret) = self.key(&self.attacker, "signing", &SCOPES).await;
        let url = self.app.host.url();
        let authority = url.trim_start_matches("http://").to_owned();
        let signer = Signer {
            keyid,
            secret,
            authority,
        };
        let forger = Signer {
            secret: "made up".to_owned(),
            ..signer.clone()
        };
        let reader = self.key(&self.victim, "bearer", &["read"]).await;
        let revoked = self.revoked_key().await;
        let plain = |name, caller, standing| Attacker {
            name,
            caller,
            standing,
            signer: None,
        };
        let signing = |name, caller, standing, signer| Attacker {
            name,
            caller,
            standing,
            signer: Some(signer),
        };
        let naming = |caller: &Caller| caller.clone().with("x-workspace", &self.victim.id);
        vec![
            plain(
                "a key of another workspace",
                bearer.clone(),
                Standing::Elsewhere,
            ),
            plain(
                "such a key that names the victim's",
                naming(&bearer),
                Standing::Stranger,
            ),
            signing(
                "a signing key of another workspace",
                nobody.clone(),
                Standing::Elsewhere,
                signer.clone(),
            ),
            signing(
                "such a signing key that names the victim's",
                naming(nobody),
                Standing::Stranger,
                signer,
            ),
            signing(
                "one who makes signatures up",
                nobody.clone(),
                Standing::Unknown,
                forger,
            ),
            plain(
                "a key of the victim's that was revoked",
                revoked,
                Standing::Revoked,
            ),
            plain(
                "a key of the victim's that may only read",
                self.app.bearer(&reader.1),
                Standing::Reader,
            ),
        ]
    }

    /// A new key of `tenant`: by what it is named (a bearer key by nothing), and its secret.
    async fn key(&self, tenant: &Tenant, kind: &str, scopes: &[&str]) -> (String, String) {
        let owner = self.member(tenant, Role::Owner).await;
        let body = json!({"name": unique(tenant), "kind": kind, "scopes": scopes});
        let made = owner.post("/api-keys", &body).await.expect(201);
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        (text("keyid"), text("secret"))
    }

    async fn revoked_key(&self) -> Caller {
        let owner = self.member(&self.victim, Role::Owner).await;
        let body = json!({"name": unique(&self.victim), "kind": "bearer", "scopes": SCOPES});
        let made: Value = owner.post("/api-keys", &body).await.expect(201);
        let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
        owner.delete(&path).await.expect(204);
        self.app.bearer(made["secret"].as_str().unwrap())
    }
}
