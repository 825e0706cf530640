//! The body of `POST` and `PATCH /products`.

use super::bounds::{
    MAX_IMAGES, MAX_OPTION_VALUES, MAX_OPTIONS, MAX_TAGS, Prose, WebAddress, check_length, given,
};
use super::variant_body::{self, VariantBody};
use crate::error::{Error, Result};
use crate::fields::Text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Where a product is on its way to the channels.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Draft,
    Staged,
    /// Understood so that it can be refused with the way to it.
    Published,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ImageBody {
    src: WebAddress,
    alt: Option<Prose<512>>,
    position: Option<u16>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OptionBody {
    name: Text<255>,
    #[serde(default)]
    values: Vec<Text<255>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SeoBody {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    title: Option<Prose<255>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    description: Option<Prose<1000>>,
}

/// A product's own fields and its variants. What only the server sets (id, workspace, version, …) is unknown here.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    sku: Option<Text<100>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    title: Option<Text<255>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    description: Option<Prose<65535>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    handle: Option<Option<Text<255>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    vendor: Option<Prose<255>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    product_type: Option<Prose<255>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    images: Option<Vec<ImageBody>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    options: Option<Vec<OptionBody>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Text<255>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    seo: Option<SeoBody>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "given", skip_serializing)]
    variants: Option<Vec<VariantBody>>,
}

impl ProductBody {
    /// The arguments of `hub.create_product`.
    ///
    /// # Errors
    /// 400 naming the field: SKU or title missing, an id given, a list too long, two variants alike.
    pub fn into_new(self) -> Result<Value> {
        for (field, missing) in [("sku", self.sku.is_none()), ("title", self.title.is_none())] {
            if missing {
                return Err(Error::field(field, "is missing"));
            }
        }
        let variants = self.variants.as_deref().unwrap_or_default();
        if let Some(index) = variants.iter().position(|variant| variant.id.is_some()) {
            let issue = "can't be chosen; leave it out";
            return Err(Error::field(format!("variants[{index}].id"), issue));
        }
        self.into_args()
    }

    /// The arguments of `hub.update_product`, but for id and version.
    ///
    /// # Errors
    /// 400 naming the field: an empty set of variants, a list too long, two variants alike.
    pub fn into_changes(self) -> Result<Value> {
        if self.variants.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::field(
                "variants",
                "give all variants that the product is to have, at least one; leave the field out to keep them",
            ));
        }
        self.into_args()
    }

    fn into_args(mut self) -> Result<Value> {
        self.check()?;
        if let Some(images) = &mut self.images {
            arrange(images);
        }
        let mut args = json!({ "fields": self });
        if let (Some(variants), Some(object)) = (&self.variants, args.as_object_mut()) {
            object.insert("variants".to_owned(), json!(variants));
        }
        Ok(args)
    }

    fn check(&self) -> Result<()> {
        check_length("images", self.images.as_deref().unwrap_or_default(), MAX_IMAGES)?;
        check_length("tags", self.tags.as_deref().unwrap_or_default(), MAX_TAGS)?;
        let options = self.options.as_deref().unwrap_or_default();
        check_length("options", options, MAX_OPTIONS)?;
        let mut names = HashSet::new();
        for (index, option) in options.iter().enumerate() {
            let field = format!("options[{index}].values");
            check_length(&field, &option.values, MAX_OPTION_VALUES)?;
            if !names.insert(&*option.name) {
                let issue = "is the name of another option too";
                return Err(Error::field(format!("options[{index}].name"), issue));
            }
        }
        variant_body::check(self.variants.as_deref().unwrap_or_default())
    }
}

/// Images in order of their positions; those without one come where they are listed.
fn arrange(images: &mut [ImageBody]) {
    for (listed, image) in (1..).zip(images.iter_mut()) {
        image.position.get_or_insert(listed);
    }
    images.sort_by_key(|image| image.position);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parse_json;

    fn body(json: &str) -> Result<ProductBody> {
        parse_json(json.as_bytes())
    }

    fn refused_field(result: Result<Value>) -> String {
        result.unwrap_err().details["field"].as_str().unwrap().to_owned()
    }

    #[test]
    fn what_is_absent_stays_absent_and_null_empties() {
        let args = body(r#"{"title":"T","handle":null,"variants":[{"price":null,"option_values":["S"]}]}"#)
            .unwrap()
            .into_changes()
            .unwrap();
        assert_eq!(args["fields"], json!({"title": "T", "handle": null}));
        assert_eq!(args["variants"], json!([{"price": null, "option_values": ["S"]}]));
    }

    #[test]
    fn prices_are_taken_as_they_read() {
        let args = body(r#"{"sku":"A","title":"T","variants":[{"price":19.99},{"option_values":["S"],"price":"0.10"}]}"#)
            .unwrap()
            .into_new()
            .unwrap();
        assert_eq!(args["variants"][0]["price"], "19.99");
        assert_eq!(args["variants"][1]["price"], "0.10");
    }

    #[test]
    fn what_the_server_sets_can_not_be_given() {
        for field in ["id", "workspace_id", "user_id", "version", "created_at", "content_version"] {
            let json = format!(r#"{{"sku":"A","title":"T","{field}":"1"}}"#);
            assert!(body(&json).is_err(), "{field}");
        }
    }

    #[test]
    fn null_is_refused_where_a_field_can_not_be_empty() {
        for field in ["sku", "title", "description", "tags", "images", "variants", "status", "seo"] {
            assert!(body(&format!(r#"{{"{field}":null}}"#)).is_err(), "{field}");
        }
    }

    #[test]
    fn a_new_product_needs_sku_and_title() {
        assert_eq!(refused_field(body(r#"{"title":"T"}"#).unwrap().into_new()), "sku");
        assert_eq!(refused_field(body(r#"{"sku":"A"}"#).unwrap().into_new()), "title");
    }

    #[test]
    fn two_variants_alike_are_refused_by_name() {
        let sku = r#"{"variants":[{"sku":"A","option_values":["S"]},{"sku":"A","option_values":["M"]}]}"#;
        assert_eq!(refused_field(body(sku).unwrap().into_changes()), "variants[1].sku");
        let values = r#"{"variants":[{"option_values":["S"]},{"option_values":["S"]}]}"#;
        assert_eq!(refused_field(body(values).unwrap().into_changes()), "variants[1].option_values");
    }

    #[test]
    fn lists_have_an_end() {
        let many = |n: usize, one: &str| vec![one; n].join(",");
        let tags = format!(r#"{{"tags":[{}]}}"#, many(251, "\"a\""));
        assert_eq!(refused_field(body(&tags).unwrap().into_changes()), "tags");
        let images = format!(r#"{{"images":[{}]}}"#, many(251, r#"{"src":"http://a/b"}"#));
        assert_eq!(refused_field(body(&images).unwrap().into_changes()), "images");
        let options = format!(r#"{{"options":[{}]}}"#, many(4, r#"{"name":"x"}"#));
        assert_eq!(refused_field(body(&options).unwrap().into_changes()), "options");
        let values = r#"{"variants":[{"option_values":["a","b","c","d"]}]}"#;
        assert_eq!(refused_field(body(values).unwrap().into_changes()), "variants[0].option_values");
    }

    #[test]
    fn images_are_ordered_by_position() {
        let args = body(r#"{"images":[{"src":"http://a/1"},{"src":"http://a/0","position":1},{"src":"http://a/3"}]}"#)
            .unwrap()
            .into_changes()
            .unwrap();
        let order: Vec<_> = args["fields"]["images"].as_array().unwrap().iter().map(|i| i["src"].clone()).collect();
        assert_eq!(order, ["http://a/1", "http://a/0", "http://a/3"]);
    }
}
