//! People of another identity provider are nobody of ours.

use team::Team;

#[tokio::test]
async fn nobody_becomes_one_of_ours_by_what_another_provider_calls_them() {
    let team = Team::open().await;
    let (ann, _) = team.founder("ann", "north").await;
    let posing = team.guest(&ann.id);
    assert_ne!(posing.id, ann.id);
    team.get(&posing.at("north"), "/products").await.expect(403);
    assert_eq!(
        team.get(&posing, "/workspaces").await.expect(200)["count"],
        0
    );
    team.get(&ann, "/products").await.expect(200);
}
