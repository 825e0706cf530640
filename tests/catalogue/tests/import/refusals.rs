//! Files, rows and callers that are refused.

use super::*;

#[tokio::test]
async fn bad_rows_are_reported_by_line_and_good_ones_imported() {
    let (shop, operator) = shop().await;
    let rows = [
        "a,A,Size,S,A-S,1.50,1,,",
        "a,,,M,A-M,-2,1,,",
        "a,,,L,A-L,2.505,1,,",
        "a,,,XL,A-XL,3,-4,,",
        "a,,,XXL,A-XXL,3,4,,",
        "b,\"two\nlines\",,,B,x,1,,",
        "c,,,,C,1,1,,",
        "c,,,S,C-S,1,1,,",
        ",No handle,,,D,1,1,,",
        "e,E,,,E,1,1,ftp://a/b,",
        "f,F,Size,S,F-S,1,1,,",
        "f,,,S,F-S2,1,1,,",
        "f,,,M,F-S,1,1,,",
        "f,,,,,,,,",
        ",,,,,,,,",
        "g,G,,,G,1,1,,",
    ];
    let report = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&report), [3, 0, 0, 3], "{report:#}");
    assert_eq!(report["rows"], 15);
    assert_eq!(
        errors(&report),
        [
            (3, "Variant Price"),
            (4, "Variant Price"),
            (5, "Variant Inventory Qty"),
            (7, "Variant Price"),
            (9, "Title"),
            (10, ""),
            (11, "Handle"),
            (12, "Image Src"),
            (14, ""),
            (15, "Variant SKU"),
            (16, ""),
        ]
    );
    let reason = &report["errors"][5]["reason"];
    assert_eq!(
        reason,
        "not imported, because line 9 of this product could not be"
    );
    let a = product(&shop, &operator, "a").await;
    assert_eq!(
        a["options"],
        json!([{"name": "Size", "values": ["S", "XXL"]}])
    );
    let f = product(&shop, &operator, "f").await;
    assert_eq!(f["variants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_later_of_two_products_with_a_sku_is_reported() {
    let (shop, operator) = shop().await;
    let rows = [
        "a,A,,,SAME,1,1,,",
        "b,B,,,SAME,1,1,,",
        "c,C,Size,S,C-S,1,1,,",
        "c,,,M,SAME,1,1,,",
        "d,D,Size,S,SAME,1,1,,",
        "d,,,M,D-M,1,1,,",
    ];
    let report = import(&shop, &operator, &rows).await;
    assert_eq!(counts(&report), [2, 0, 0, 2], "{report:#}");
    let sku = "Variant SKU";
    assert_eq!(errors(&report), [(3, sku), (5, sku), (6, sku), (7, "")]);
    assert_eq!(
        report["errors"][0]["reason"],
        "SKU SAME already exists: a has it"
    );
    let c = product(&shop, &operator, "c").await;
    assert_eq!(c["options"], json!([{"name": "Size", "values": ["S"]}]));
}

#[tokio::test]
async fn options_that_do_not_fit_fail_their_product_only() {
    let (shop, operator) = shop().await;
    import(&shop, &operator, &["a,A,Size,S,,1,1,,"]).await;
    let report = import(&shop, &operator, &["a,A,,,X,1,1,,", "b,B,,,,1,1,,"]).await;
    assert_eq!(counts(&report), [1, 0, 0, 1], "{report:#}");
    assert_eq!(report["errors"][0]["line"], 2);
    let a = product(&shop, &operator, "a").await;
    assert_eq!(a["variants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn prices_follow_the_workspaces_currency() {
    let (shop, _) = shop().await;
    shop.workspace("tokyo", "JPY").await;
    let owner = shop.member("tokyo", "owner").await;
    let rows = ["a,A,,,,1200,1,,", "b,B,,,,12.5,1,,", "c,C,,,,50.00,1,,"];
    let report = import(&shop, &owner, &rows).await;
    assert_eq!(counts(&report), [2, 0, 0, 1], "{report:#}");
    assert_eq!(errors(&report), [(3, "Variant Price")]);
    assert_eq!(
        product(&shop, &owner, "a").await["variants"][0]["price"],
        "1200"
    );
}

#[tokio::test]
async fn what_is_no_product_csv_is_refused_whole() {
    let (shop, operator) = shop().await;
    for (file, field) in [
        (&b""[..], "body"),
        (b"\r\n\n", "body"),
        (b"\xef\xbb\xbf", "body"),
        (b"name,price\na,1\n", "Handle, Title"),
        (b"Handle;Title\na;A\n", "Handle, Title"),
        (b"Handle,price\na,1\n", "Title"),
        (b"\xff\xfeH\0a\0n\0d\0l\0e\0", "body"),
        (b"\"Handle,Title\na,A\n", "body"),
        (b"{\"handle\":\"a\"}", "Handle, Title"),
    ] {
        assert_eq!(
            shop.import(&operator, file).await.field(400),
            field,
            "{file:?}"
        );
    }
    assert_eq!(shop.count("select count(*) from hub.products").await, 0);
}

#[tokio::test]
async fn rows_that_are_not_text_are_reported_and_the_rest_is_imported() {
    let (shop, operator) = shop().await;
    let file = [&b"Handle,Title\na,A\nb,\xff\nb,again\nc,\0\nd,\"open\nq,Q\n"[..]].concat();
    let report = shop.import(&operator, file).await.expect(200);
    assert_eq!(counts(&report), [1, 0, 0, 3], "{report:#}");
    let lines: Vec<u64> = errors(&report).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
}

#[tokio::test]
async fn sql_in_values_is_text() {
    let (shop, operator) = shop().await;
    let name = "'); drop table hub.products; --";
    let report = import(&shop, &operator, &[&format!("a,{name},,,{name},1,1,,")]).await;
    assert_eq!(counts(&report), [1, 0, 0, 0], "{report:#}");
    let a = product(&shop, &operator, "a").await;
    assert_eq!(
        (&a["title"], &a["variants"][0]["sku"]),
        (&json!(name), &json!(name))
    );
}

/// A body that nobody may read.
struct Unread;

impl Body for Unread {
    fn chunk(&mut self) -> Chunk<'_> {
        unreachable!("the body was read")
    }
}

#[tokio::test]
async fn who_may_not_import_is_told_before_the_file_is_read() {
    let (shop, operator) = shop().await;
    let viewer = shop.member("main", "viewer").await;
    for (member, header, status) in [
        (&viewer, ("content-type", "text/csv"), 403),
        (&operator, ("content-type", "application/json"), 415),
        (&operator, ("content-length", "104857601"), 413),
        (&operator, ("idempotency-key", ""), 400),
    ] {
        let path = "/products/import";
        let call = request(member, Method::POST, path, &[header], Box::new(Unread));
        shop.call(call).await.expect(status);
    }
}
