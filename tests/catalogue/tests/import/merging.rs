//! What becomes of good rows.

use super::*;
use bytes::Bytes;
use std::collections::HashSet;
use std::path::Path;

/// Changes with every version, audit row and inventory row.
const FINGERPRINT: &str = "select count(*) + coalesce(sum(version), 0)::bigint
    + (select count(*) from hub.audit_logs) + (select count(*) from hub.inventory_logs) from hub.products";

#[tokio::test]
async fn the_real_catalogue_is_imported_and_a_second_time_changes_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/apparel.csv");
    let Ok(file) = std::fs::read(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let (shop, operator) = shop().await;
    let report = shop.import(&operator, file.clone()).await.expect(200);
    assert_eq!(counts(&report), [20, 0, 0, 0], "{report:#}");
    assert_eq!(report["rows"], 22);
    assert_eq!(report["errors"], json!([]));
    assert_eq!(report["derived_skus_total"], 22);
    let sku = &report["derived_skus"][0];
    assert_eq!(
        sku,
        &json!({"line": 2, "handle": "ocean-blue-shirt", "sku": "OCEAN-BLUE-SHIRT"})
    );
    assert_eq!(
        report["derived_skus"][1]["sku"],
        "CLASSIC-VARSITY-TOP-SMALL"
    );
    let ignored = report["ignored_columns"].as_array().unwrap();
    assert!(ignored.contains(&json!("Gift Card")), "{ignored:?}");
    assert!(!ignored.contains(&json!("Variant Price")), "{ignored:?}");

    let top = product(&shop, &operator, "classic-varsity-top").await;
    assert_eq!(
        top["options"],
        json!([{"name": "Size", "values": ["Small", "Medium", "Large"]}])
    );
    assert_eq!(top["variants"][2]["price"], "60.00");
    assert_eq!(top["tags"], json!(["women"]));
    assert_eq!(
        (&top["vendor"], &top["status"]),
        (&json!("partners-demo"), &json!("staged"))
    );
    assert_eq!(top["images"].as_array().unwrap().len(), 1);

    let before = shop.count(FINGERPRINT).await;
    let again = shop.import(&operator, file).await.expect(200);
    assert_eq!(counts(&again), [0, 0, 20, 0]);
    assert_eq!(again["derived_skus"], report["derived_skus"]);
    assert_eq!(shop.count(FINGERPRINT).await, before);
}

#[tokio::test]
async fn what_is_given_replaces_and_nothing_is_deleted() {
    let (shop, operator) = shop().await;
    let first = [
        "a,A,Size,S,A-S,1,1,http://a/1,1",
        "a,,,M,MID,2,2,,",
        "a,,,,,,,http://a/2,2",
    ];
    import(&shop, &operator, &first).await;
    let before = product(&shop, &operator, "a").await;
    let second = ["a,Better,Size,M,,2.50,,http://a/3,", "a,,,L,,3,,,"];
    let report = import(&shop, &operator, &second).await;
    assert_eq!(counts(&report), [0, 1, 0, 0]);
    let after = product(&shop, &operator, "a").await;
    assert_eq!(after["title"], "Better");
    let variant = |index: usize| {
        let variant = &after["variants"][index];
        let text = |name: &str| variant[name].as_str().unwrap();
        (
            text("sku"),
            text("price"),
            variant["inventory"].as_i64().unwrap(),
        )
    };
    assert_eq!(
        [variant(0), variant(1), variant(2)],
        [("A-S", "1.00", 1), ("MID", "2.50", 2), ("A-L", "3.00", 0)]
    );
    assert_eq!(after["variants"][0], before["variants"][0]);
    assert_eq!(
        after["options"],
        json!([{"name": "Size", "values": ["S", "M", "L"]}])
    );
    let images: Vec<_> = after["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["src"].clone())
        .collect();
    assert_eq!(images, ["http://a/1", "http://a/2", "http://a/3"]);
    assert_eq!(
        report["derived_skus"],
        json!([{"line": 3, "handle": "a", "sku": "A-L"}])
    );
}

#[tokio::test]
async fn a_handle_that_comes_back_later_merges() {
    let (shop, operator) = shop().await;
    let rows = [
        "a,A,Size,S,,1,1,,",
        "b,B,,,,1,1,,",
        "a,,,M,,2,1,,",
        "b,,,,,,,http://b/1,",
    ];
    let report = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&report), [2, 2, 0, 0], "{report:#}");
    let a = product(&shop, &operator, "a").await;
    assert_eq!(
        a["options"],
        json!([{"name": "Size", "values": ["S", "M"]}])
    );
    let b = product(&shop, &operator, "b").await;
    assert_eq!(b["images"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn derived_skus_are_stable_distinct_and_short() {
    let (shop, operator) = shop().await;
    let long = "x".repeat(150);
    let (first, second) = (format!("{long},L,,,,1,1,,"), format!("{long}y,L,,,,1,1,,"));
    let rows = [
        "a-b,A,,,,1,1,,",
        "a_b,A,,,,1,1,,",
        "赤い,R,Size,S,,1,1,,",
        "赤い,,,大,,1,1,,",
        "青い,B,,,,1,1,,",
        "t,T,Size,S/M,,1,1,,",
        "t,,,S-M,,1,1,,",
        &first,
        &second,
    ];
    let report = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&report)[0], 7, "{report:#}");
    let listed = report["derived_skus"].as_array().unwrap();
    let skus: Vec<&str> = listed
        .iter()
        .map(|entry| entry["sku"].as_str().unwrap())
        .collect();
    assert_eq!(skus.iter().collect::<HashSet<_>>().len(), 9, "{skus:?}");
    assert!(skus.iter().all(|sku| sku.len() <= 100), "{skus:?}");
    assert_eq!((skus[0], &skus[1][..4]), ("A-B", "A-B-"));
    assert!(skus[4].starts_with("SKU-"), "{skus:?}");
    let again = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&again), [0, 0, 7, 0], "{again:#}");
    assert_eq!(again["derived_skus"], report["derived_skus"]);

    let (elsewhere, somebody) = super::shop().await;
    let there = import(&elsewhere, &somebody, &rows).await;
    assert_eq!(there["derived_skus"], report["derived_skus"]);
}

#[tokio::test]
async fn a_file_of_titles_only_makes_products_and_changes_those_with_variants() {
    let (shop, operator) = shop().await;
    import(&shop, &operator, &["a,A,Size,S,,1,1,,", "a,,,M,,1,1,,"]).await;
    let file = "Title,Handle\nAlpha,a\nBeta,b";
    let report = shop.import(&operator, file).await.expect(200);
    assert_eq!(counts(&report), [1, 1, 0, 0], "{report:#}");
    let a = product(&shop, &operator, "a").await;
    assert_eq!(
        (&a["title"], a["variants"].as_array().unwrap().len()),
        (&json!("Alpha"), 2)
    );
    assert_eq!(a["options"][0]["name"], "Size");
    let b = product(&shop, &operator, "b").await;
    assert_eq!(b["variants"][0]["sku"], "B");
}

#[tokio::test]
async fn a_published_product_stays_published() {
    let (shop, operator) = shop().await;
    let file = "Handle,Title,Status\na,A,draft\n";
    shop.import(&operator, file).await.expect(200);
    assert_eq!(product(&shop, &operator, "a").await["status"], "draft");
    let publish = "update hub.products set status = 'published'";
    shop.admin.execute(publish, &[]).await.unwrap();
    let active = file.replace("draft", "active");
    let report = shop.import(&operator, active).await.expect(200);
    assert_eq!(counts(&report), [0, 0, 1, 0]);
    assert_eq!(product(&shop, &operator, "a").await["status"], "published");
}

#[tokio::test]
async fn two_variants_may_swap_their_skus() {
    let (shop, operator) = shop().await;
    import(
        &shop,
        &operator,
        &["a,A,Size,S,ONE,1,1,,", "a,,,M,TWO,1,1,,"],
    )
    .await;
    let report = import(
        &shop,
        &operator,
        &["a,A,Size,S,TWO,1,1,,", "a,,,M,ONE,1,1,,"],
    )
    .await;
    assert_eq!(counts(&report), [0, 1, 0, 0], "{report:#}");
    assert_eq!(
        product(&shop, &operator, "a").await["variants"][0]["sku"],
        "TWO"
    );
}

/// A body of one byte a piece.
struct Drops(std::vec::IntoIter<u8>);

impl Body for Drops {
    fn chunk(&mut self) -> Chunk<'_> {
        let next = self.0.next().map(|byte| Bytes::from(vec![byte]));
        Box::pin(async move { Ok(next) })
    }
}

#[tokio::test]
async fn a_file_in_single_bytes_is_the_same_file() {
    let (shop, operator) = shop().await;
    let file = format!(
        "\u{feff}{HEADER}\r\na,\"A, \"\"the\"\"\r\nfirst\",Size,S,,1,1,http://a/1,\r\na,,,M,,2,1,,"
    );
    let report = shop.import(&operator, file.clone()).await.expect(200);
    assert_eq!(counts(&report), [1, 0, 0, 0], "{report:#}");
    let body = Box::new(Drops(file.into_bytes().into_iter()));
    let headers = [("content-type", "application/csv; charset=utf-8")];
    let call = request(&operator, Method::POST, "/products/import", &headers, body);
    let again = shop.call(call).await.expect(200);
    assert_eq!(counts(&again), [0, 0, 1, 0]);
    assert_eq!(
        product(&shop, &operator, "a").await["title"],
        "A, \"the\"\r\nfirst"
    );
}

#[tokio::test]
async fn every_price_in_a_thousand_products_arrives() {
    let (shop, operator) = shop().await;
    let rows: Vec<String> = (0..1000)
        .map(|n| format!("p-{n},P {n},,,,{n}.{:02},{n},,", n % 100))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let report = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&report), [1000, 0, 0, 0]);
    let right = "select count(*) from hub.products p join hub.product_variants v on v.product_id = p.id
        where p.handle = 'p-' || v.inventory and v.price_minor = v.inventory * 100 + v.inventory % 100";
    assert_eq!(shop.count(right).await, 1000);
}
