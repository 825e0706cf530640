//! A part of the vendor's catalogue: a shirt in colours and sizes, and a mug.

use super::refusal::{Answer, not_found};
use serde_json::{Map, Value, json};

/// What can be printed on.
pub struct Blueprint {
    pub id: i64,
    title: &'static str,
    brand: &'static str,
    model: &'static str,
    pub providers: &'static [i64],
    pub options: &'static [OptionGroup],
    /// Print areas, with width and height in pixels.
    pub positions: &'static [(&'static str, i64, i64)],
    /// Of the first variant; each further one costs a little more.
    cost: i64,
    pub grams: i64,
    pub tags: &'static [&'static str],
    first_variant: i64,
}

pub struct OptionGroup {
    /// In a product.
    pub name: &'static str,
    /// In the catalogue.
    pub kind: &'static str,
    pub first_id: i64,
    pub values: &'static [&'static str],
}

pub static BLUEPRINTS: &[Blueprint] = &[
    Blueprint {
        id: super::BLUEPRINT,
        title: "Unisex Heavy Cotton Tee",
        brand: "Gildan",
        model: "5000",
        providers: &[super::PRINT_PROVIDER, 99],
        options: &[
            OptionGroup {
                name: "Colors",
                kind: "color",
                first_id: 521,
                values: &["White", "Black", "Navy", "Red"],
            },
            OptionGroup {
                name: "Sizes",
                kind: "size",
                first_id: 14,
                values: &["S", "M", "L", "XL"],
            },
        ],
        positions: &[("front", 3951, 4800), ("back", 3951, 4800)],
        cost: 863,
        grams: 180,
        tags: &["Men's Clothing", "T-shirts", "DTG", "Unisex"],
        first_variant: 11_952,
    },
    Blueprint {
        id: 68,
        title: "Mug 11oz",
        brand: "Generic brand",
        model: "",
        providers: &[9],
        options: &[OptionGroup {
            name: "Sizes",
            kind: "size",
            first_id: 1189,
            values: &["11oz"],
        }],
        positions: &[("front", 2475, 1155)],
        cost: 516,
        grams: 460,
        tags: &[
            "Home & Living",
            "Mugs",
            "11 oz",
            "White base",
            "Sublimation",
        ],
        first_variant: 33_719,
    },
];

const PROVIDERS: &[(i64, &str)] = &[
    (9, "District Photo"),
    (29, "Monster Digital"),
    (99, "Printify Choice"),
];

/// A combination of option values.
pub struct Variant {
    pub id: i64,
    pub title: String,
    pub cost: i64,
    /// Ids of the option values.
    pub options: Vec<i64>,
    values: Vec<(&'static str, &'static str)>,
}

impl Blueprint {
    pub fn find(id: i64, provider: i64) -> Option<&'static Self> {
        BLUEPRINTS
            .iter()
            .find(|it| it.id == id && it.providers.contains(&provider))
    }

    /// Every combination of option values.
    pub fn variants(&self) -> Vec<Variant> {
        let mut rows: Vec<Vec<(&OptionGroup, usize)>> = vec![Vec::new()];
        for group in self.options {
            rows = rows
                .into_iter()
                .flat_map(|row| {
                    (0..group.values.len()).map(move |at| {
                        let mut row = row.clone();
                        row.push((group, at));
                        row
                    })
                })
                .collect();
        }
        let numbered = (0i64..).zip(rows);
        numbered
            .map(|(index, row)| {
                let values: Vec<_> = row
                    .iter()
                    .map(|(it, at)| (it.kind, it.values[*at]))
                    .collect();
                let titles: Vec<&str> = values.iter().map(|(_, value)| *value).collect();
                let ids = row
                    .iter()
                    .map(|(it, at)| it.first_id + i64::try_from(*at).unwrap_or(0));
                Variant {
                    id: self.first_variant + index,
                    title: titles.join(" / "),
                    cost: self.cost + 7 * index,
                    options: ids.collect(),
                    values,
                }
            })
            .collect()
    }

    fn view(&self) -> Value {
        json!({
            "id": self.id, "title": self.title, "description": format!("{} to print on", self.title),
            "brand": self.brand, "model": self.model,
            "images": [format!("https://images.printify.com/{:024x}", self.id)],
        })
    }

    fn variants_view(&self, provider: i64) -> Value {
        let placeholders: Vec<Value> = self
            .positions
            .iter()
            .map(|(position, width, height)| json!({"position": position, "height": height, "width": width}))
            .collect();
        let variants: Vec<Value> = self
            .variants()
            .into_iter()
            .map(|it| {
                let options = it.values.iter().map(|(kind, value)| ((*kind).to_owned(), json!(value)));
                let options: Map<String, Value> = options.collect();
                json!({"id": it.id, "title": it.title, "options": options, "placeholders": placeholders})
            })
            .collect();
        json!({"id": provider, "title": provider_title(provider), "variants": variants})
    }

    fn shipping_view(&self) -> Value {
        let ids: Vec<i64> = self.variants().into_iter().map(|it| it.id).collect();
        let cost = |cost: i64| json!({"cost": cost, "currency": "USD"});
        let profile = |first: i64, countries: &[&str]| json!({"variant_ids": ids, "first_item": cost(first), "additional_items": cost(240), "countries": countries});
        json!({
            "handling_time": {"value": 10, "unit": "day"},
            "profiles": [profile(475, &["US"]), profile(1000, &["REST_OF_THE_WORLD"])],
        })
    }
}

fn provider_title(id: i64) -> Option<&'static str> {
    PROVIDERS
        .iter()
        .find(|(it, _)| *it == id)
        .map(|(_, title)| *title)
}

fn provider_view(id: i64, title: &str) -> Value {
    json!({"id": id, "title": title, "location": {"address1": "89 Weirfield St", "address2": null,
        "city": "Brooklyn", "country": "US", "region": "NY", "zip": "11221-5120"}})
}

/// Answers `GET /v1/catalog/…`.
pub fn answer(path: &[&str]) -> Answer {
    let number = |text: &str| {
        text.trim_end_matches(".json")
            .parse::<i64>()
            .map_err(|_| not_found())
    };
    let blueprint = |id: i64| {
        BLUEPRINTS
            .iter()
            .find(|it| it.id == id)
            .ok_or_else(not_found)
    };
    match path {
        ["blueprints.json"] => Ok(BLUEPRINTS.iter().map(Blueprint::view).collect()),
        ["print_providers.json"] => Ok(PROVIDERS
            .iter()
            .map(|(id, title)| provider_view(*id, title))
            .collect()),
        ["print_providers", id] => {
            let id = number(id)?;
            let mut view = provider_view(id, provider_title(id).ok_or_else(not_found)?);
            let made = BLUEPRINTS.iter().filter(|it| it.providers.contains(&id));
            view["blueprints"] = made.map(Blueprint::view).collect();
            Ok(view)
        }
        ["blueprints", id] => Ok(blueprint(number(id)?)?.view()),
        ["blueprints", id, "print_providers.json"] => {
            let providers = blueprint(number(id)?)?.providers.iter();
            Ok(providers
                .map(|id| json!({"id": id, "title": provider_title(*id)}))
                .collect())
        }
        ["blueprints", id, "print_providers", provider, what] => {
            let (id, provider) = (number(id)?, number(provider)?);
            let blueprint = Blueprint::find(id, provider).ok_or_else(not_found)?;
            match *what {
                "variants.json" => Ok(blueprint.variants_view(provider)),
                "shipping.json" => Ok(blueprint.shipping_view()),
                _ => Err(not_found()),
            }
        }
        _ => Err(not_found()),
    }
}
