//! `/invitations`.

use crate::text;
use http::Method;
use serde_json::{Value, json};
use team::Team;

#[tokio::test]
async fn a_link_is_shown_once_and_makes_whoever_holds_it_a_member() {
    let team = Team::open().await;
    let (ann, made) = team.founder("ann", "north").await;
    let invited = team
        .invite(
            &ann,
            &json!({"role": "reviewer", "email": "Ben, of accounting"}),
        )
        .await;
    let (id, token) = (text(&invited, "id"), text(&invited, "token"));
    assert!(token.starts_with("shi_") && token.len() == 47, "{token}");
    assert_eq!(
        text(&invited, "url"),
        format!("https://hub.example/invitations/accept#token={token}")
    );
    assert_eq!(
        (&invited["status"], &invited["role"]),
        (&json!("pending"), &json!("reviewer"))
    );
    let path = format!("/invitations/{id}");
    let one = team.get(&ann, &path).await.expect(200);
    let list = team.get(&ann, "/invitations").await.expect(200);
    assert_eq!((&list["count"], &list["data"][0]), (&json!(1), &one));
    assert_eq!((one.get("token"), one.get("token_hash")), (None, None));

    let ben = team.person("ben").await;
    let joined = team.accept(&ben, &invited).await.expect(200);
    assert_eq!(
        (&joined["id"], &joined["role"]),
        (&made["id"], &json!("reviewer"))
    );
    team.get(&ben.at("north"), "/products").await.expect(200);
    let one = team.get(&ann, &path).await.expect(200);
    assert_eq!(
        (text(&one, "status"), text(&one, "accepted_by")),
        ("accepted", ben.id.as_str())
    );
    let everywhere = "select (select string_agg(i::text, '') from hub.invitations i) || (select string_agg(a::text, '') from hub.audit_logs a)";
    let everywhere = team.one(everywhere).await;
    assert!(!everywhere.contains(token), "{everywhere}");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_invitation_without_its_token() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let once = [("idempotency-key", "once")];
    let make = async || {
        let body = json!({"role": "viewer"});
        let made = team
            .send_with(&ann, Method::POST, "/invitations", &body, &once)
            .await;
        made.expect(201)
    };
    let (first, again) = (make().await, make().await);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(
        (again.get("token"), again.get("url")),
        (None, None),
        "another one would be wrong"
    );
    let stored = team
        .one("select string_agg(answer, '') from hub.idempotency_keys")
        .await;
    assert!(!stored.contains(text(&first, "token")), "{stored}");
    let ben = team.person("ben").await;
    team.accept(&ben, &first).await.expect(200);
}

#[tokio::test]
async fn what_is_not_good_is_answered_alike_whatever_is_wrong_with_it() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.person("ben").await;
    let [used, revoked, expired] = [
        team.invite(&ann, &json!({"role": "viewer"})).await,
        team.invite(&ann, &json!({"role": "viewer"})).await,
        team.invite(&ann, &json!({"role": "viewer", "expires_in_hours": 1}))
            .await,
    ];
    team.accept(&ben, &used).await.expect(200);
    let path = format!("/invitations/{}", text(&revoked, "id"));
    team.delete(&ann, &path).await.expect(204);
    team.delete(&ann, &path).await.expect(204);
    let past = format!(
        "update hub.invitations set created_at = created_at - interval '2 hours', expires_at = expires_at - interval '61 minutes' where id = '{}'",
        text(&expired, "id")
    );
    team.admin.batch_execute(&past).await.unwrap();
    let unknown = json!({"token": format!("shi_{}", "A".repeat(43))});
    let eve = team.person("eve").await;
    let answers = [
        team.accept(&eve, &used).await,
        team.accept(&eve, &revoked).await,
        team.accept(&eve, &expired).await,
        team.accept(&eve, &unknown).await,
        team.accept(&eve, &json!({"token": ""})).await,
        team.accept(&eve, &json!({"token": "shi_'; drop table"}))
            .await,
        team.accept(&eve, &json!({"token": "x".repeat(100_000)}))
            .await,
    ];
    let bodies: Vec<Value> = answers
        .into_iter()
        .map(|answer| answer.expect(404))
        .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    assert_eq!(team.get(&eve, "/workspaces").await.expect(200)["count"], 0);
    let statuses = team
        .get(&ann, "/invitations?order=created_at.asc&select=status")
        .await
        .expect(200);
    assert_eq!(
        statuses["data"],
        json!([{"status": "expired"}, {"status": "accepted"}, {"status": "revoked"}])
    );
}

#[tokio::test]
async fn of_several_people_with_one_link_one_gets_in() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let invited = team.invite(&ann, &json!({"role": "viewer"})).await;
    let people =
        futures::future::join_all(["b", "c", "d", "e"].map(|name| team.person(name))).await;
    let answers = people.iter().map(|person| team.accept(person, &invited));
    let answers = futures::future::join_all(answers).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404]);
    assert_eq!(team.get(&ann, "/members").await.expect(200)["count"], 2);
}

#[tokio::test]
async fn a_member_is_neither_promoted_nor_demoted_by_a_link() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let ben = team.member(&ann, "ben", "viewer").await;
    let invited = team.invite(&ann, &json!({"role": "admin"})).await;
    for person in [&ann, &ben] {
        team.accept(person, &invited).await.expect(409);
    }
    let roles = team.get(&ann, "/members?select=role").await.expect(200);
    assert_eq!(
        roles["data"],
        json!([{"role": "owner"}, {"role": "viewer"}])
    );
    let eve = team.person("eve").await;
    team.accept(&eve, &invited).await.expect(200);
}

#[tokio::test]
async fn inviting_is_for_owners_and_admins_and_owners_are_invited_by_owners() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let admin = team.member(&ann, "admin", "admin").await;
    for role in ["reviewer", "operator", "viewer"] {
        let member = team.member(&ann, role, role).await;
        let body = json!({"role": "viewer"});
        team.send(&member, Method::POST, "/invitations", &body)
            .await
            .expect(403);
        team.get(&member, "/invitations").await.expect(403);
    }
    let owner = json!({"role": "owner"});
    team.send(&admin, Method::POST, "/invitations", &owner)
        .await
        .expect(403);
    let invited = team.invite(&ann, &owner).await;
    let path = format!("/invitations/{}", text(&invited, "id"));
    team.delete(&admin, &path).await.expect(403);
    team.invite(&admin, &json!({"role": "admin"})).await;

    let (eve, _) = team.founder("eve", "elsewhere").await;
    team.get(&eve, &path).await.expect(404);
    team.delete(&eve, &path).await.expect(404);
    assert_eq!(team.get(&eve, "/invitations").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn an_old_link_is_no_way_around_a_removal() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let eve = team.member(&ann, "eve", "admin").await;
    let kept = team.invite(&eve, &json!({"role": "admin"})).await;
    team.delete(&ann, &format!("/members/{}", eve.id))
        .await
        .expect(204);
    team.accept(&eve, &kept).await.expect(404);
    let shown = team
        .get(&ann, &format!("/invitations/{}", text(&kept, "id")))
        .await
        .expect(200);
    assert_eq!(shown["status"], "revoked");
}

#[tokio::test]
async fn an_invitation_lasts_from_an_hour_to_a_week() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let hours = "select string_agg((extract(epoch from expires_at - created_at) / 3600)::int::text, ' ' order by created_at) from hub.invitations";
    team.invite(&ann, &json!({"role": "viewer"})).await;
    for good in [1, 168] {
        team.invite(&ann, &json!({"role": "viewer", "expires_in_hours": good}))
            .await;
    }
    assert_eq!(team.one(hours).await, "72 1 168");
    for bad in [
        json!(0),
        json!(-1),
        json!(169),
        json!(256),
        json!(1.5),
        json!("1"),
        json!(u64::MAX),
    ] {
        let body = json!({"role": "viewer", "expires_in_hours": bad});
        let answer = team.send(&ann, Method::POST, "/invitations", &body).await;
        assert_eq!(answer.field(400), "expires_in_hours", "{bad}");
    }
}

#[tokio::test]
async fn who_opens_the_link_is_told_what_to_do() {
    let team = Team::open().await;
    let nobody = http::HeaderMap::new();
    let path = "/invitations/accept";
    let help = team
        .call(Method::GET, path, nobody, bytes::Bytes::new())
        .await
        .expect(200);
    assert!(text(&help, "message").contains("POST"));
}

#[tokio::test]
async fn people_of_another_identity_provider_join_and_found_as_everybody_does() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let guest = team.guest("user_2x");
    team.get(&guest.at("north"), "/members").await.expect(403);
    assert_eq!(
        team.get(&guest, "/workspaces").await.expect(200)["count"],
        0
    );
    let known = "select coalesce(string_agg(concat_ws(' ', id, email, subject), ''), '') from hub.users where issuer = 'https://id.example'";
    assert_eq!(team.one(known).await, "", "looking makes nobody an account");
    let invited = team.invite(&ann, &json!({"role": "viewer"})).await;
    team.accept(&guest, &invited).await.expect(200);
    assert_eq!(
        team.one(known).await,
        format!("{} user_2x@else.test user_2x", guest.id)
    );
    let member = team
        .get(&ann, &format!("/members/{}", guest.id))
        .await
        .expect(200);
    assert_eq!(text(&member, "email"), "user_2x@else.test");

    let body = json!({"slug": "south", "name": "South"});
    team.send(&guest, Method::POST, "/workspaces", &body)
        .await
        .expect(201);
    let other = team.guest("user_3y");
    let body = json!({"slug": "west", "name": "West"});
    team.send(&other, Method::POST, "/workspaces", &body)
        .await
        .expect(201);
    let mine = team
        .get(&guest, "/workspaces?order=slug.asc&select=slug,role")
        .await
        .expect(200);
    assert_eq!(
        mine["data"],
        json!([{"slug": "north", "role": "viewer"}, {"slug": "south", "role": "owner"}])
    );
}
