//! One product on all four channels, with orders and faults: the demo, against the fakes.

use e2e::Setup;
use sandbox::Sandbox;

#[tokio::test(flavor = "multi_thread")]
async fn one_product_goes_to_all_four_channels_and_back_through_every_fault() {
    let app = Setup::default().with_schedules().start().await;
    let sandbox = Sandbox::start(None).await.unwrap();
    let around = app.beside(&sandbox);
    let stores = sandbox.ready_stores();
    hub::ready::connect(&around, app.jwt_secret(), &stores)
        .await
        .unwrap();
    hub::demo::walk(&around, app.jwt_secret()).await.unwrap();
}
