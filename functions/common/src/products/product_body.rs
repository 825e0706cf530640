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
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    title: Option<Prose<255>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    description: Option<Prose<1000>>,
}

/// A product's own fields and its variants. What only the server sets (id, workspace, version, …) is unknown here.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    sku: Option<Text<100>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    title: Option<Text<255>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    description: Option<Prose<65535>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    handle: Option<Option<Text<255>>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    vendor: Option<Prose<255>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    product_type: Option<Prose<255>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    images: Option<Vec<ImageBody>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    options: Option<Vec<OptionBody>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    tags: Option<Vec<Text<255>>>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    seo: Option<SeoBody>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
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
        self.check_no_ids()?;
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

    /// What saves the product of this SKU, whether or not there is one: the arguments of [`Self::into_new`] and `sku`.
    ///
    /// # Errors
    /// 400 naming the field: no SKU, an id of a variant, an empty set of variants, a list too long, two variants alike.
    pub fn into_saved(self) -> Result<Value> {
        let Some(sku) = self.sku.clone() else {
            return Err(Error::field("sku", "is missing"));
        };
        self.check_no_ids()?;
        let mut args = self.into_changes()?;
        if let Some(object) = args.as_object_mut() {
            object.insert("sku".to_owned(), json!(sku));
        }
        Ok(args)
    }

    fn check_no_ids(&self) -> Result<()> {
        let variants = self.variants.as_deref().unwrap_or_default();
        match variants.iter().position(|variant| variant.id.is_some()) {
            Some(index) => {
                let issue = "can't be chosen; leave it out";
                Err(Error::field(format!("variants[{index}].id"), issue))
            }
            None => Ok(()),
        }
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
        check_length(
            "images",
            self.images.as_deref().unwrap_or_default(),
            MAX_IMAGES,
        )?;
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
#[path = "product_body_tests.rs"]
mod tests;
