//! The columns of a Shopify product CSV, by the names of the format's older and newer templates.

use super::csv::Row;
use crate::error::{Error, Result};

/// A column that the import reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what NAMES calls them")]
pub enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Type,
    Tags,
    Published,
    Status,
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
    Sku,
    Barcode,
    Price,
    CompareAtPrice,
    Quantity,
    Tracker,
    Policy,
    Grams,
    RequiresShipping,
    Taxable,
    VariantImage,
    ImageSrc,
    ImagePosition,
    ImageAlt,
    SeoTitle,
    SeoDescription,
}

use Column::*;

/// The name and value columns of the three options.
pub const OPTIONS: [(Column, Column); 3] = [
    (Option1Name, Option1Value),
    (Option2Name, Option2Value),
    (Option3Name, Option3Value),
];

/// Every column with its names, compared without regard to case; reports use the first.
const NAMES: [(Column, &[&str]); 30] = [
    (Handle, &["Handle", "URL handle"]),
    (Title, &["Title"]),
    (Body, &["Body (HTML)", "Body HTML", "Description"]),
    (Vendor, &["Vendor"]),
    (Type, &["Type", "Custom Product Type"]),
    (Tags, &["Tags"]),
    (Published, &["Published", "Published on online store"]),
    (Status, &["Status"]),
    (Option1Name, &["Option1 Name"]),
    (Option1Value, &["Option1 Value"]),
    (Option2Name, &["Option2 Name"]),
    (Option2Value, &["Option2 Value"]),
    (Option3Name, &["Option3 Name"]),
    (Option3Value, &["Option3 Value"]),
    (Sku, &["Variant SKU", "SKU"]),
    (Barcode, &["Variant Barcode", "Barcode"]),
    (Price, &["Variant Price", "Price"]),
    (
        CompareAtPrice,
        &["Variant Compare At Price", "Compare-at price"],
    ),
    (Quantity, &["Variant Inventory Qty", "Inventory quantity"]),
    (Tracker, &["Variant Inventory Tracker", "Inventory tracker"]),
    (
        Policy,
        &[
            "Variant Inventory Policy",
            "Continue selling when out of stock",
        ],
    ),
    (Grams, &["Variant Grams", "Weight value (grams)"]),
    (
        RequiresShipping,
        &["Variant Requires Shipping", "Requires shipping"],
    ),
    (Taxable, &["Variant Taxable", "Charge tax"]),
    (VariantImage, &["Variant Image", "Variant image URL"]),
    (ImageSrc, &["Image Src", "Product image URL"]),
    (ImagePosition, &["Image Position"]),
    (ImageAlt, &["Image Alt Text"]),
    (SeoTitle, &["SEO Title"]),
    (SeoDescription, &["SEO Description"]),
];

/// The most ignored columns that a report names.
const MAX_IGNORED: usize = 100;

impl Column {
    /// As reports call it.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(column, _)| *column == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or_default()
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        NAMES
            .iter()
            .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map(|(column, _)| *column)
    }
}

/// Where the columns stand in this file.
pub struct Header {
    places: [Option<usize>; NAMES.len()],
    /// Columns that the import has no use for, as the file names them.
    pub ignored: Vec<String>,
}

impl Header {
    /// Reads the first row.
    ///
    /// # Errors
    /// 400 naming the needed columns that are not there: this is no product CSV then.
    pub fn read(row: &Row) -> Result<Self> {
        let mut header = Self {
            places: [None; NAMES.len()],
            ignored: Vec::new(),
        };
        for index in 0..row.len() {
            let name = row.field(index);
            let place =
                Column::named(name).and_then(|column| header.places.get_mut(column as usize));
            match place {
                Some(place @ None) => *place = Some(index),
                _ if name.trim().is_empty() || header.ignored.len() == MAX_IGNORED => {}
                _ => header.ignored.push(name.trim().chars().take(100).collect()),
            }
        }
        let missing: Vec<&str> = [Handle, Title]
            .into_iter()
            .filter(|column| header.place(*column).is_none())
            .map(Column::name)
            .collect();
        match (row.fault, missing.is_empty()) {
            (Some(fault), _) => Err(Error::field(
                "body",
                format!("the first line {}", fault.reason()),
            )),
            (None, true) => Ok(header),
            (None, false) => Err(Error::field(
                missing.join(", "),
                "is not a column of the file; send a Shopify product CSV, whose first line names its columns",
            )),
        }
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.places.get(column as usize).copied().flatten()
    }

    /// Whether the file has the column.
    pub fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// What `row` says in `column`, trimmed; none where that is nothing.
    pub fn cell<'r>(&self, row: &'r Row, column: Column) -> Option<&'r str> {
        self.raw(row, column).map(str::trim)
    }

    /// As [`Header::cell`], untrimmed.
    pub fn raw<'r>(&self, row: &'r Row, column: Column) -> Option<&'r str> {
        let text = row.field(self.place(column)?);
        (!text.trim().is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv::RowReader;
    use super::*;

    fn header(line: &str) -> Result<Header> {
        let mut reader = RowReader::new();
        assert_eq!(reader.read(&mut line.as_bytes()), None);
        Header::read(&reader.finish().unwrap())
    }

    #[test]
    fn every_column_has_its_own_place() {
        for (place, (column, _)) in NAMES.iter().enumerate() {
            assert_eq!(*column as usize, place);
        }
    }

    #[test]
    fn names_are_known_in_any_case_and_the_rest_is_ignored_once() {
        let header = header("HANDLE, title ,variant price,Gif,,Handle").unwrap();
        assert!(header.has(Price) && !header.has(Sku));
        assert_eq!(header.ignored, ["Gif", "Handle"]);
    }

    #[test]
    fn a_file_without_the_needed_columns_is_refused_by_their_names() {
        let error = header("name,price").err().unwrap();
        assert_eq!(error.details["field"], "Handle, Title");
        assert_eq!(
            header("Handle,price").err().unwrap().details["field"],
            "Title"
        );
    }
}
