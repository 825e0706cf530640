//! Amazon has an item for each SKU. A product with several variants is a family: an item for each variant,
//! and a parent that can't be bought and groups them.

use super::choices::Choices;
use common::platform::{PlatformError, ProductInput, Variant};
use std::collections::BTreeSet;

/// Amazon's limit on the length of a SKU.
const LONGEST_SKU: usize = 40;

/// One of a listing's items.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub sku: &'a str,
    pub role: Role<'a>,
}

/// What an item is.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// A product with one variant.
    Single(&'a Variant),
    /// Groups the variants.
    Parent,
    /// One of several variants of the parent with this SKU.
    Child(&'a Variant, &'a str),
}

impl<'a> Role<'a> {
    /// What is sold.
    pub const fn variant(self) -> Option<&'a Variant> {
        match self {
            Self::Single(variant) | Self::Child(variant, _) => Some(variant),
            Self::Parent => None,
        }
    }
}

/// The SKU that the listing goes by, which is its `external_id`: the only variant's, or the parent's.
pub fn head<'a>(
    product: &'a ProductInput,
    choices: &'a Choices,
    known: Option<&'a str>,
) -> Result<&'a str, PlatformError> {
    let known = known.or(product.external_id.as_deref());
    match (product.variants.as_slice(), known) {
        ([], _) => Err(PlatformError::rejected_field(
            "product.variants",
            "is empty: nothing to sell",
        )),
        ([only], None) => Ok(&only.sku),
        // Once a family, always a family: the address of the product stays.
        ([_], Some(known)) => Ok(known),
        (several, Some(known)) if several.iter().any(|variant| variant.sku == known) => {
            Err(PlatformError::rejected_field(
                "product.variants",
                "were one when the product was published: withdraw the listing and publish it again, Amazon can't turn an item into a family",
            ))
        }
        (_, Some(known)) => Ok(known),
        (several, None) => Ok(parent_sku(product, choices, several)),
    }
}

fn parent_sku<'a>(
    product: &'a ProductInput,
    choices: &'a Choices,
    variants: &[Variant],
) -> &'a str {
    let is_free = |sku: &&str| {
        !sku.is_empty()
            && sku.len() <= LONGEST_SKU
            && !variants.iter().any(|variant| variant.sku == **sku)
    };
    let chosen = choices.parent_sku.as_deref().filter(is_free);
    chosen
        .or_else(|| product.handle.as_deref().filter(is_free))
        .unwrap_or(&product.listing_id)
}

/// Every item of a listing whose head is `head`, the parent first.
pub fn items<'a>(product: &'a ProductInput, head: &'a str) -> Result<Vec<Item<'a>>, PlatformError> {
    let is_single = matches!(product.variants.as_slice(), [only] if only.sku == head);
    let mut items = Vec::with_capacity(product.variants.len() + 1);
    if !is_single {
        items.push(Item {
            sku: head,
            role: Role::Parent,
        });
    }
    items.extend(product.variants.iter().map(|variant| Item {
        sku: &variant.sku,
        role: match is_single {
            true => Role::Single(variant),
            false => Role::Child(variant, head),
        },
    }));
    let mut seen = BTreeSet::new();
    for item in &items {
        check_sku(item.sku)?;
        if !seen.insert(item.sku) {
            return Err(PlatformError::rejected_field(
                "platform_data.parent_sku",
                format!("`{}` is the SKU of a variant: choose another one", item.sku),
            ));
        }
    }
    Ok(items)
}

/// Whether Amazon takes `sku`; a comma would be two SKUs in the lists of its queries.
pub fn check_sku(sku: &str) -> Result<(), PlatformError> {
    let issue = if sku.is_empty() || sku.trim() != sku {
        "is empty or begins or ends with a space"
    } else if sku.chars().count() > LONGEST_SKU {
        "is longer than Amazon's 40 characters"
    } else if sku.contains(',') || sku.chars().any(char::is_control) {
        "has a comma or a control character"
    } else {
        return Ok(());
    };
    Err(PlatformError::rejected_field(
        "sku",
        format!("`{sku}` {issue}: give the variant another one"),
    ))
}
