//! The rows of one handle, as they become one product.

use super::cells::{Cells, Issue};
use super::columns::Column;
use crate::products::bounds::{MAX_IMAGES, MAX_VARIANTS};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// The most that one product may have, in bytes of JSON.
pub const MAX_PRODUCT_BYTES: usize = 2 * 1024 * 1024;

/// A product that is being read.
pub struct Group {
    /// What its rows have in common.
    pub handle: String,
    /// Of its first row.
    pub line: u64,
    /// Of the rows that became part of it, the first one included.
    pub lines: Vec<u64>,
    /// Its size, in bytes of JSON.
    pub bytes: usize,
    /// Whether the first row did not do; then no other does.
    pub failed: bool,
    fields: Map<String, Value>,
    /// None where an earlier part of the file, or the catalogue, has them.
    option_names: Option<Vec<String>>,
    variants: Vec<Value>,
    images: Vec<Value>,
    option_values: HashSet<String>,
    skus: HashSet<String>,
    sources: HashSet<String>,
}

impl Group {
    /// A product of which nothing was read yet.
    pub fn new(handle: &str, line: u64) -> Self {
        Self {
            handle: handle.to_owned(),
            line,
            lines: Vec::new(),
            bytes: 0,
            failed: false,
            fields: Map::new(),
            option_names: None,
            variants: Vec::new(),
            images: Vec::new(),
            option_values: HashSet::new(),
            skus: HashSet::new(),
            sources: HashSet::new(),
        }
    }

    /// Takes the first row. `known`: the file had this handle before, so that a title is not needed again.
    ///
    /// # Errors
    /// Why the row, and with it the product, can't be imported.
    pub fn begin(&mut self, cells: &Cells<'_>, known: bool) -> Result<(), Issue> {
        let fields = cells.product()?;
        if !fields.contains_key("title") && !known {
            let issue = "is missing in the first row of this handle";
            return Err(Issue::cell(Column::Title, issue));
        }
        let names = cells.option_names()?;
        let named = !names.is_empty() || !known;
        self.option_names = named.then(|| names.into_iter().map(str::to_owned).collect());
        self.fields = fields;
        self.part(cells, true)
    }

    /// Takes a row after the first.
    ///
    /// # Errors
    /// Why it can't be imported; the product goes on without it.
    pub fn add(&mut self, cells: &Cells<'_>) -> Result<(), Issue> {
        match self.failed {
            true => Err(not_without(self.line)),
            false => self.part(cells, false),
        }
    }

    fn part(&mut self, cells: &Cells<'_>, is_first: bool) -> Result<(), Issue> {
        let image = cells.image()?;
        let names = self.option_names.as_ref().map(Vec::len);
        let variant =
            match is_first && names.is_some_and(|names| names > 0) || cells.has_variant(is_first) {
                true => Some(cells.variant(names)?),
                false => None,
            };
        if variant.is_none() && image.is_none() && (!is_first || self.fields.is_empty()) {
            return Err(Issue::row(
                "has neither a variant (option values, SKU or price) nor an image",
            ));
        }
        let fields = is_first.then_some(&self.fields);
        let bytes = self.bytes + json!([fields, variant, image]).to_string().len();
        if bytes > MAX_PRODUCT_BYTES {
            return Err(Issue::row("the product is larger than 2 MiB with this row"));
        }
        // The image is judged first: a row is taken whole or not at all.
        let image = image.filter(|image| !self.sources.contains(source_of(image)));
        if image.is_some() && self.images.len() == MAX_IMAGES {
            return Err(Issue::row(format!(
                "the product has more than {MAX_IMAGES} images"
            )));
        }
        if let Some(variant) = variant {
            self.add_variant(variant)?;
        }
        if let Some(image) = image {
            self.sources.insert(source_of(&image).to_owned());
            self.images.push(Value::Object(image));
        }
        self.bytes = bytes;
        self.lines.push(cells.row.line);
        Ok(())
    }

    fn add_variant(&mut self, variant: Map<String, Value>) -> Result<(), Issue> {
        if self.variants.len() == MAX_VARIANTS {
            return Err(Issue::row(format!(
                "the product has more than {MAX_VARIANTS} variants"
            )));
        }
        let text = |name: &str| variant.get(name).map(Value::to_string);
        let (values, sku) = (text("option_values").unwrap_or_default(), text("sku"));
        if self.option_values.contains(&values) {
            return Err(Issue::row(
                "another row of this product has the same option values",
            ));
        }
        if sku.as_ref().is_some_and(|sku| self.skus.contains(sku)) {
            let column = Column::Sku;
            return Err(Issue::cell(
                column,
                "another row of this product has the same SKU",
            ));
        }
        self.option_values.insert(values);
        self.skus.extend(sku);
        self.variants.push(Value::Object(variant));
        Ok(())
    }

    /// The product as `hub.import_products` takes it, and the lines that it is made of.
    pub fn into_item(self) -> (Value, Vec<u64>) {
        let mut item = json!({
            "handle": self.handle,
            "line": self.line,
            "fields": self.fields,
            "variants": self.variants,
            "images": self.images,
        });
        let names = self.option_names.filter(|names| !names.is_empty());
        if let (Some(names), Some(object)) = (names, item.as_object_mut()) {
            object.insert("option_names".to_owned(), json!(names));
        }
        (item, self.lines)
    }
}

fn source_of(image: &Map<String, Value>) -> &str {
    image.get("src").and_then(Value::as_str).unwrap_or_default()
}

/// What is said of a row whose product failed at `line`.
pub fn not_without(line: u64) -> Issue {
    Issue::row(format!(
        "not imported, because line {line} of this product could not be"
    ))
}
