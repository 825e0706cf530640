//! What one row says: of the product (in its first row), of a variant, of an image. Values are as the format writes
//! them; what does not fit names the column and says why.

use super::cells::{Cells, Found, Issue};
use super::columns::{Column, OPTIONS};
use crate::products::bounds::MAX_TAGS;
use serde_json::{Map, Value, json};

impl<'a> Cells<'a> {
    /// The handle.
    ///
    /// # Errors
    /// When there is none or it is too long.
    pub fn handle(&self) -> Found<&'a str> {
        self.text::<255>(Column::Handle)?
            .ok_or_else(|| Issue::cell(Column::Handle, "is missing"))
    }

    /// The product's own fields, without those that the row leaves empty.
    ///
    /// # Errors
    /// The first column that does not fit.
    pub fn product(&self) -> Found<Map<String, Value>> {
        let mut fields = Map::new();
        let body = self.header.raw(self.row, Column::Body);
        set(&mut fields, "title", self.text::<255>(Column::Title)?);
        set(
            &mut fields,
            "description",
            self.bounded::<65535>(Column::Body, body)?,
        );
        set(&mut fields, "vendor", self.text::<255>(Column::Vendor)?);
        set(&mut fields, "product_type", self.text::<255>(Column::Type)?);
        set(&mut fields, "tags", self.tags()?);
        set(&mut fields, "status", self.status()?);
        let mut seo = Map::new();
        set(&mut seo, "title", self.text::<255>(Column::SeoTitle)?);
        set(
            &mut seo,
            "description",
            self.text::<1000>(Column::SeoDescription)?,
        );
        set(&mut fields, "seo", (!seo.is_empty()).then_some(seo));
        Ok(fields)
    }

    fn tags(&self) -> Found<Option<Vec<&'a str>>> {
        let Some(text) = self.cell(Column::Tags) else {
            return Ok(None);
        };
        let mut tags: Vec<&str> = Vec::new();
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag.chars().count() > 255 {
                return Err(Issue::cell(
                    Column::Tags,
                    "has a tag of more than 255 characters",
                ));
            }
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            if tags.len() > MAX_TAGS {
                return Err(Issue::cell(
                    Column::Tags,
                    format!("has more than {MAX_TAGS} tags"),
                ));
            }
        }
        Ok(Some(tags))
    }

    /// `Status`, else `Published`. Never published: that is for the listings to say.
    fn status(&self) -> Found<Option<&'static str>> {
        match self
            .cell(Column::Status)
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("active") => return Ok(Some("staged")),
            Some("draft" | "archived") => return Ok(Some("draft")),
            Some(_) => {
                return Err(Issue::cell(
                    Column::Status,
                    "must be active, draft or archived",
                ));
            }
            None => {}
        }
        let published = self.truth(Column::Published)?;
        Ok(published.map(|published| if published { "staged" } else { "draft" }))
    }

    /// The names of the product's options; none of a product without.
    ///
    /// # Errors
    /// When a name is missing before another, too long, or there twice.
    pub fn option_names(&self) -> Found<Vec<&'a str>> {
        let mut names = Vec::new();
        for (index, (name, _)) in OPTIONS.into_iter().enumerate() {
            let Some(text) = self.text::<255>(name)? else {
                continue;
            };
            if names.len() < index {
                return Err(Issue::cell(name, "is given without the option before it"));
            } else if names.contains(&text) {
                return Err(Issue::cell(name, "is the name of another option too"));
            }
            names.push(text);
        }
        let has_default =
            names == ["Title"] && self.cell(Column::Option1Value) == Some("Default Title");
        Ok(if has_default { Vec::new() } else { names })
    }

    /// The variant's option values: one for each of `names`, or as many as there are where the names are unknown.
    fn option_values(&self, names: Option<usize>) -> Found<Vec<&'a str>> {
        let mut values = Vec::new();
        let is_default = names.is_none_or(|names| names == 0)
            && self.cell(Column::Option1Value) == Some("Default Title");
        if is_default {
            return Ok(values);
        }
        for (index, (_, column)) in OPTIONS.into_iter().enumerate() {
            let value = self.text::<255>(column)?;
            let wanted = names.map(|names| index < names);
            match (value, wanted) {
                (Some(_), Some(false)) => {
                    return Err(Issue::cell(
                        column,
                        "is given, but the product has no such option",
                    ));
                }
                (None, Some(true)) => return Err(Issue::cell(column, "is missing")),
                (Some(_), _) if values.len() < index => {
                    return Err(Issue::cell(column, "is given without the value before it"));
                }
                (Some(value), _) => values.push(value),
                (None, _) => {}
            }
        }
        Ok(values)
    }

    /// Whether the row describes a variant. In the first row of a product whatever is said of a variant counts, in
    /// the others option values, SKU or price.
    pub fn has_variant(&self, is_first: bool) -> bool {
        let any = |columns: &[Column]| columns.iter().any(|column| self.cell(*column).is_some());
        any(&[
            Column::Option1Value,
            Column::Option2Value,
            Column::Option3Value,
            Column::Sku,
            Column::Price,
        ]) || (is_first
            && any(&[
                Column::CompareAtPrice,
                Column::Barcode,
                Column::Quantity,
                Column::Tracker,
                Column::Policy,
                Column::Grams,
                Column::RequiresShipping,
                Column::Taxable,
                Column::VariantImage,
            ]))
    }

    /// The variant, without what the row leaves empty. `names` is how many options the product has, if that is known.
    ///
    /// # Errors
    /// The first column that does not fit.
    pub fn variant(&self, names: Option<usize>) -> Found<Map<String, Value>> {
        let mut fields = Map::new();
        set(&mut fields, "line", Some(self.row.line));
        set(
            &mut fields,
            "option_values",
            Some(self.option_values(names)?),
        );
        set(&mut fields, "sku", self.text::<100>(Column::Sku)?);
        set(&mut fields, "barcode", self.text::<100>(Column::Barcode)?);
        set(&mut fields, "price", self.price(Column::Price)?);
        set(
            &mut fields,
            "compare_at_price",
            self.price(Column::CompareAtPrice)?,
        );
        set(&mut fields, "inventory", self.quantity(Column::Quantity)?);
        set(&mut fields, "inventory_policy", self.policy()?);
        // The format leaves the tracker empty where stock is not tracked.
        let tracked = self
            .header
            .has(Column::Tracker)
            .then(|| self.cell(Column::Tracker).is_some());
        set(&mut fields, "inventory_tracked", tracked);
        set(&mut fields, "weight_grams", self.grams()?);
        set(
            &mut fields,
            "requires_shipping",
            self.truth(Column::RequiresShipping)?,
        );
        set(&mut fields, "taxable", self.truth(Column::Taxable)?);
        set(
            &mut fields,
            "image_src",
            self.address(Column::VariantImage)?,
        );
        Ok(fields)
    }

    /// The image that the row adds, if any.
    ///
    /// # Errors
    /// The first column that does not fit.
    pub fn image(&self) -> Found<Option<Map<String, Value>>> {
        let Some(src) = self.address(Column::ImageSrc)? else {
            return Ok(None);
        };
        let mut fields = Map::new();
        set(&mut fields, "src", Some(src));
        set(&mut fields, "alt", self.text::<512>(Column::ImageAlt)?);
        set(&mut fields, "position", self.position()?);
        Ok(Some(fields))
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), json!(value));
    }
}

#[cfg(test)]
#[path = "import_row_tests.rs"]
mod tests;
