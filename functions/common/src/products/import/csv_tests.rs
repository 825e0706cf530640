use super::*;
use proptest::prelude::*;

fn read(pieces: &[&[u8]]) -> Vec<Row> {
    let mut reader = RowReader::new();
    let mut rows = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(row) = reader.read(&mut rest) {
            rows.push(row);
        }
        assert!(rest.is_empty());
    }
    rows.extend(reader.finish());
    rows
}

fn fields(row: &Row) -> Vec<&str> {
    (0..row.len()).map(|index| row.field(index)).collect()
}

const NASTY: &[u8] = b"\xef\xbb\xbfHandle,Title\r\n\r\n\"a\",\"line one\r\nline \"\"two\"\", with a comma\"\r\nb,\xff\nc,\"caf\xc3\xa9\nx\"\r\r,,\nd,\0\n e , 5\" pipe \n\"f\"tail,last";

#[test]
fn a_nasty_file_is_read_with_the_line_of_each_row() {
    let rows = read(&[NASTY]);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.fault, fields(row)))
        .collect();
    assert_eq!(
        seen,
        [
            (1, None, vec!["Handle", "Title"]),
            (3, None, vec!["a", "line one\r\nline \"two\", with a comma"]),
            (5, Some(Fault::NotText), vec!["b", "\u{fffd}"]),
            (6, None, vec!["c", "café\nx"]),
            (9, None, vec!["", "", ""]),
            (10, Some(Fault::NotText), vec!["d", "\u{fffd}"]),
            (11, None, vec![" e ", " 5\" pipe "]),
            (12, None, vec!["ftail", "last"]),
        ]
    );
    assert!(rows[4].is_blank());
}

#[test]
fn every_cut_gives_the_same_rows() {
    let whole = read(&[NASTY]);
    for cut in 0..=NASTY.len() {
        let (first, second) = NASTY.split_at(cut);
        assert_eq!(read(&[first, second]), whole, "cut at {cut}");
    }
    let single: Vec<&[u8]> = NASTY.chunks(1).collect();
    assert_eq!(read(&single), whole);
}

#[test]
fn an_open_quote_is_reported_where_its_row_starts() {
    let rows = read(&[b"a,b\nc,\"d\ne,f\ng,h\n"]);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[1].line, rows[1].fault), (2, Some(Fault::OpenQuote)));
}

#[test]
fn a_row_that_is_too_large_is_passed_over_and_the_next_is_read() {
    let long = "x".repeat(MAX_ROW_BYTES + 1);
    let wide = ",".repeat(MAX_FIELDS + 1);
    let text = format!("a,b\n{long},c\nd,\"{long}\n\"\ne,f\n{wide}\ng,h");
    let rows = read(&[text.as_bytes()]);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.line, row.fault, row.field(0)))
        .collect();
    assert_eq!(
        seen,
        [
            (1, None, "a"),
            (2, Some(Fault::TooLarge), ""),
            (3, Some(Fault::TooLarge), ""),
            (5, None, "e"),
            (6, Some(Fault::TooLarge), ""),
            (7, None, "g"),
        ]
    );
}

#[test]
fn the_largest_row_is_read() {
    let long = "x".repeat(MAX_ROW_BYTES - 10);
    let rows = read(&[format!("a\n{long},y\nz").as_bytes()]);
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[1].fault, rows[1].field(1)), (None, "y"));
}

#[test]
fn nothing_gives_no_row() {
    for empty in [
        &b""[..],
        b"\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\r\n",
    ] {
        assert_eq!(read(&[empty]), [], "{empty:?}");
    }
}

#[test]
fn half_a_byte_order_mark_is_content() {
    let rows = read(&[b"\xef", b"\xbbHandle,b\n"]);
    assert_eq!((rows.len(), rows[0].fault), (1, Some(Fault::NotText)));
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        table in prop::collection::vec(prop::collection::vec("[a-zé\"',;\r\n ]{0,6}", 2..4), 1..6),
        cuts in prop::collection::vec(1usize..9, 1..40),
    ) {
        let lines: Vec<String> = table
            .iter()
            .map(|row| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(","))
            .collect();
        let text = lines.join("\r\n");
        let mut rest = text.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        let rows = read(&pieces);
        prop_assert_eq!(rows.iter().map(fields).collect::<Vec<_>>(), table);
    }

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_rows(
        bytes in prop::collection::vec(prop::sample::select(b"a,\"\r\n\xef\xbb\xbf\xc3\xa9\0".to_vec()), 0..60),
        size in 1usize..7,
    ) {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(read(&pieces), read(&[&bytes]));
    }
}
