//! Two workspaces that know nothing of each other, and those who would like to.

use super::digest::Ledger;
use super::entry::{Access, Call, Entry, Rows};
use super::signer::Signer;
use common::token::sign;
use e2e::{App, Caller};
use hub::token::Role;
use sandbox::Sandbox;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_postgres::Client;

/// Stands in every text of the victim's that takes text. Nobody else's answer may contain it.
pub const CANARY: &str = "canary-5d1f0c7e";

/// A workspace.
pub struct Tenant {
    pub slug: &'static str,
    pub id: String,
    users: Mutex<Vec<String>>,
}

impl Tenant {
    /// The ids of those who belong or belonged to it, and of accounts that are attacked with it.
    pub fn users(&self) -> Vec<String> {
        self.users.lock().unwrap().clone()
    }

    /// One more.
    pub fn knows(&self, user: &str) {
        self.users.lock().unwrap().push(user.to_owned());
    }
}

/// A hub with a victim and an attacker, both with a workspace full of rows.
pub struct World {
    pub app: App,
    pub admin: Client,
    pub sandbox: Sandbox,
    pub victim: Tenant,
    pub attacker: Tenant,
    pub ledger: Ledger,
    marks: Mutex<BTreeSet<String>>,
    /// `Bearer …` of the attacker's owner.
    pub bearer: String,
}

/// What somebody's rights make of another workspace's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Allowed everything, in a workspace of their own.
    Elsewhere,
    /// Not known at all: 401.
    Unknown,
    /// A machine whose key is good for nothing any more: 401 where it could be good for something.
    Revoked,
    /// Known, but no member of the workspace that they name: 403.
    Stranger,
    /// A member who may only read: changes are 403.
    Reader,
}

/// Somebody who calls what is not theirs.
#[derive(Clone)]
pub struct Attacker {
    pub name: &'static str,
    pub caller: Caller,
    pub standing: Standing,
    /// With what each call is signed, where that is how they call.
    pub signer: Option<Signer>,
}

impl World {
    pub async fn open() -> Self {
        let app = App::start().await;
        let admin = app.admin().await;
        for (slug, roles) in [
            (
                "victim",
                &[Role::Owner, Role::Reviewer, Role::Operator, Role::Viewer][..],
            ),
            ("attacker", &[Role::Owner, Role::Reviewer][..]),
        ] {
            for role in roles {
                app.member(&email(slug, *role), slug, *role).await;
            }
        }
        let former = email("victim", Role::Admin);
        app.member(&former, "victim", Role::Admin).await;
        let (victim, attacker) = (
            tenant(&admin, "victim").await,
            tenant(&admin, "attacker").await,
        );
        let leave =
            "delete from hub.members where user_id = (select id from hub.users where email = $1)";
        admin.execute(leave, &[&former]).await.unwrap();
        // Attacks come faster than anybody may ask; that this is limited is proved elsewhere.
        let patience =
            "update hub.rate_limits set quantity = 1000000, period = interval '1 second'";
        admin.execute(patience, &[]).await.unwrap();
        let ledger = Ledger::of(&admin).await;
        let owner = user(&admin, &email("attacker", Role::Owner)).await;
        let bearer = format!("Bearer {}", token(&app, &owner, Some(&attacker.id)));
        let sandbox = Sandbox::start(None).await.unwrap();
        let world = Self {
            app,
            admin,
            sandbox,
            victim,
            attacker,
            ledger,
            marks: Mutex::default(),
            bearer,
        };
        world.furnish().await;
        world.app.tick("audit-seal").await;
        world
    }

    /// Gives both a row of every kind, whatever is attacked.
    async fn furnish(&self) {
        for tenant in [&self.victim, &self.attacker] {
            let mut rows = Rows::new();
            for hole in super::rows::HOLES {
                self.fill(tenant, hole, &mut rows).await;
            }
        }
    }

    /// A member of `tenant`.
    pub async fn member(&self, tenant: &Tenant, role: Role) -> Caller {
        self.app
            .member(&email(tenant.slug, role), tenant.slug, role)
            .await
    }

    /// Who calls `entry` properly for `tenant`.
    pub async fn own_caller(&self, entry: &Entry, tenant: &Tenant, rows: &Rows) -> Caller {
        match entry.access {
            Access::Everybody => self.app.bearer("none").without("authorization"),
            Access::Members | Access::Callers => self.member(tenant, entry.by).await,
            Access::People => {
                let user = user(&self.admin, &email(tenant.slug, entry.by)).await;
                self.token(&user, None)
            }
            Access::Accounts => self.app.bearer(&rows["account_secret"]),
            Access::Newcomers => self.token(&self.person(tenant).await, None),
        }
    }

    /// The attacker's account, where accounts are attacked.
    pub fn account(&self, entry: &Entry, own: &Rows) -> Option<Attacker> {
        let secret = own.get("account_secret")?;
        (entry.access == Access::Accounts).then(|| Attacker {
            name: "another account",
            caller: self.app.bearer(secret),
            standing: Standing::Elsewhere,
            signer: None,
        })
    }

    /// Everybody whom the victim's data is none of.
    pub async fn attackers(&self) -> Vec<Attacker> {
        let owner = self.member(&self.attacker, Role::Owner).await;
        let who = user(&self.admin, &email("attacker", Role::Owner)).await;
        let former = user(&self.admin, &email("victim", Role::Admin)).await;
        let named = self.token(&who, None).with("x-workspace", self.victim.slug);
        let attacker = |name, caller, standing| Attacker {
            name,
            caller,
            standing,
            signer: None,
        };
        let nobody = owner.clone().without("authorization");
        let mut all = self.machines(&nobody).await;
        all.extend([
            attacker(
                "the owner of another workspace",
                owner.clone(),
                Standing::Elsewhere,
            ),
            attacker(
                "one who names the victim's workspace against the token",
                owner.clone().with("x-workspace", &self.victim.id),
                Standing::Stranger,
            ),
            attacker(
                "one who names the victim's workspace",
                named,
                Standing::Stranger,
            ),
            attacker(
                "one with a token for the victim's workspace and no membership",
                self.token(&who, Some(&self.victim.id)),
                Standing::Stranger,
            ),
            attacker(
                "one who was a member",
                self.token(&former, Some(&self.victim.id)),
                Standing::Stranger,
            ),
            attacker("nobody", nobody, Standing::Unknown),
            attacker(
                "one who may only read",
                self.member(&self.victim, Role::Viewer).await,
                Standing::Reader,
            ),
        ]);
        all
    }

    /// A caller with a good token of `user`, limited to `workspace` if that is named.
    pub fn token(&self, user: &str, workspace: Option<&str>) -> Caller {
        self.app.bearer(&token(&self.app, user, workspace))
    }

    /// Looks at all that the victim has now, by which its rows are recognised in answers.
    pub async fn look(&self) {
        let mut marks = self.ledger.ids(&self.admin, &self.victim).await;
        marks.insert(CANARY.to_owned());
        *self.marks.lock().unwrap() = marks;
    }

    /// What of the victim's `text` shows that `call` does not say itself.
    pub fn shown(&self, text: &str, call: Option<&Call>) -> Vec<String> {
        let marks = self.marks.lock().unwrap();
        let says = |mark: &str| call.is_some_and(|call| call.says(mark));
        let shown = marks
            .iter()
            .filter(|mark| text.contains(mark.as_str()) && !says(mark));
        shown.cloned().collect()
    }
}

fn token(app: &App, user: &str, workspace: Option<&str>) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut claims = json!({"sub": user, "iat": now, "exp": now + 3600});
    if let Some(workspace) = workspace {
        claims["workspace"] = json!(workspace);
    }
    sign(&claims, app.jwt_secret()).unwrap()
}

async fn user(admin: &Client, email: &str) -> String {
    let statement = "select id::text from hub.users where email = $1";
    admin.query_one(statement, &[&email]).await.unwrap().get(0)
}

fn email(slug: &str, role: Role) -> String {
    let canary = if slug == "victim" { CANARY } else { "plain" };
    format!("{role:?}-{canary}@{slug}.example").to_lowercase()
}

async fn tenant(admin: &Client, slug: &'static str) -> Tenant {
    let statement = "select w.id::text, array_agg(m.user_id::text) from hub.workspaces w
        join hub.members m on m.workspace_id = w.id where w.slug = $1 group by 1";
    let row = admin.query_one(statement, &[&slug]).await.unwrap();
    Tenant {
        slug,
        id: row.get(0),
        users: Mutex::new(row.get(1)),
    }
}
