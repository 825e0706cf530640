use super::super::cells::Terms;
use super::super::columns::Header;
use super::super::csv::RowReader;
use super::*;

const HEADER: &str = "Handle,Title,Tags,Published,Status,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,\
Variant Price,Variant Inventory Qty,Variant Grams,Variant Taxable,Variant Inventory Tracker,Image Src,Image Position";

/// The answer of `look` at a row that says what `cells` (column name, text) give.
fn with<T>(cells: &[(&str, &str)], look: impl FnOnce(&Cells<'_>) -> T) -> T {
    let names: Vec<&str> = HEADER.split(',').collect();
    let mut texts = vec![String::new(); names.len()];
    for (name, text) in cells {
        let place = names.iter().position(|known| known == name).unwrap();
        texts[place] = format!("\"{text}\"");
    }
    let file = format!("{HEADER}\n{}\n", texts.join(","));
    let (mut reader, mut rest) = (RowReader::new(), file.as_bytes());
    let header = Header::read(&reader.read(&mut rest).unwrap()).unwrap();
    let row = reader.read(&mut rest).unwrap();
    let terms = Terms {
        currency: "EUR".to_owned(),
        decimals: 2,
    };
    look(&Cells {
        header: &header,
        row: &row,
        terms: &terms,
    })
}

fn refused(cells: &[(&str, &str)]) -> Option<&'static str> {
    with(cells, |cells| {
        cells.variant(None).err().and_then(|issue| issue.field)
    })
}

#[test]
fn prices_are_decimal_text_and_neither_negative_nor_too_fine() {
    for good in ["0", "50", "12.5", "12.50", "12.500"] {
        assert_eq!(refused(&[("Variant Price", good)]), None, "{good}");
    }
    for bad in [
        "-1",
        "1,50",
        "$5",
        "1e3",
        "12.505",
        "abc",
        ".5",
        "NaN",
        "1234567890123",
    ] {
        assert_eq!(
            refused(&[("Variant Price", bad)]),
            Some("Variant Price"),
            "{bad}"
        );
    }
}

#[test]
fn quantities_are_whole_and_not_negative() {
    for bad in ["-1", "1.5", "+1", "x", "1000000001", "99999999999999999999"] {
        assert_eq!(
            refused(&[("Variant Inventory Qty", bad)]),
            Some("Variant Inventory Qty"),
            "{bad}"
        );
    }
    let variant = with(&[("Variant Inventory Qty", "7")], |cells| {
        cells.variant(None).unwrap()
    });
    assert_eq!(variant["inventory"], 7);
}

#[test]
fn grams_are_rounded_to_whole_ones() {
    let grams = |text| {
        with(&[("Variant Grams", text)], |cells| {
            cells.variant(None).map(|v| v["weight_grams"].clone())
        })
    };
    assert_eq!(grams("453.592").unwrap(), 454);
    assert_eq!(grams("0").unwrap(), 0);
    for bad in ["-1", "1.", ".5", "1.2.3", "9999999999"] {
        assert!(grams(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_title_of_default_title_is_no_option() {
    let default = [
        ("Option1 Name", "Title"),
        ("Option1 Value", "Default Title"),
    ];
    assert_eq!(
        with(&default, |cells| cells.option_names().unwrap().len()),
        0
    );
    let variant = with(&default, |cells| cells.variant(Some(0)).unwrap());
    assert_eq!(variant["option_values"], json!([]));
}

#[test]
fn each_option_needs_its_value() {
    let field = |cells: &[(&str, &str)], names| {
        with(cells, |c| {
            c.variant(names).err().and_then(|issue| issue.field)
        })
    };
    assert_eq!(field(&[], Some(1)), Some("Option1 Value"));
    assert_eq!(
        field(&[("Option1 Value", "S"), ("Option2 Value", "Red")], Some(1)),
        Some("Option2 Value")
    );
    assert_eq!(
        field(&[("Option2 Value", "Red")], None),
        Some("Option2 Value")
    );
    assert_eq!(
        field(&[("Option1 Value", "S"), ("Option2 Value", "Red")], Some(2)),
        None
    );
}

#[test]
fn tags_are_split_trimmed_and_kept_once() {
    let product = with(&[("Title", "T"), ("Tags", " a, b,,a ")], |cells| {
        cells.product().unwrap()
    });
    assert_eq!(product["tags"], json!(["a", "b"]));
}

#[test]
fn a_file_never_publishes() {
    let status = |cells: &[(&str, &str)]| {
        with(cells, |c| {
            c.product().map(|fields| fields.get("status").cloned())
        })
    };
    assert_eq!(
        status(&[("Published", "TRUE")]).unwrap(),
        Some(json!("staged"))
    );
    assert_eq!(
        status(&[("Published", "false")]).unwrap(),
        Some(json!("draft"))
    );
    assert_eq!(
        status(&[("Published", "true"), ("Status", "archived")]).unwrap(),
        Some(json!("draft"))
    );
    assert_eq!(
        status(&[("Status", "Active")]).unwrap(),
        Some(json!("staged"))
    );
    assert_eq!(status(&[]).unwrap(), None);
    assert!(status(&[("Status", "published")]).is_err());
}

#[test]
fn an_empty_tracker_means_that_stock_is_not_tracked() {
    let tracked = |cells: &[(&str, &str)]| {
        with(cells, |c| {
            c.variant(None).unwrap()["inventory_tracked"].clone()
        })
    };
    assert_eq!(tracked(&[]), false);
    assert_eq!(tracked(&[("Variant Inventory Tracker", "shopify")]), true);
}

#[test]
fn an_image_has_a_web_address() {
    let image = |text| {
        with(&[("Image Src", text)], |cells| {
            cells.image().map(|image| image.map(|i| i["src"].clone()))
        })
    };
    assert_eq!(
        image("https://a.example/b.jpg").unwrap(),
        Some(json!("https://a.example/b.jpg"))
    );
    assert_eq!(image("").unwrap(), None);
    assert!(image("file:///etc/passwd").is_err());
}
