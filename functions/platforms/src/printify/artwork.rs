//! The artwork of a product: which picture goes on which print area of which variant.

use super::answer;
use super::blueprint::Choice;
use super::call::Call;
use super::memory::{Memory, SentArtwork};
use super::settings::{Settings, field};
use common::platform::{Exchange, PlatformError};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const NAMES: [&str; 3] = ["print_areas", "artwork_image_id", "artwork_url"];

/// What a listing is printed with.
pub enum Artwork<'a> {
    /// Everything is said.
    Areas(&'a Vec<Value>),
    /// An upload that fills one position.
    Image { id: &'a str, position: &'a str },
    /// A picture to be uploaded, for one position.
    Address { url: &'a str, position: &'a str },
}

impl<'a> Artwork<'a> {
    pub fn read(settings: Settings<'a>) -> Result<Self, PlatformError> {
        let position = settings.text("artwork_position")?.unwrap_or("front");
        let wrong = |name: &str, issue: &str| PlatformError::rejected_field(field(name), issue);
        let text = |name: &'static str, value: &'a Value| {
            let text = value
                .as_str()
                .map(str::trim)
                .filter(|text| !text.is_empty());
            text.ok_or_else(|| wrong(name, "has to be a text"))
        };
        match settings.first_of(&NAMES) {
            None => Err(wrong(
                "artwork_url",
                "is missing: give the artwork as artwork_url, artwork_image_id or print_areas",
            )),
            Some(("print_areas", value)) => {
                let areas = value.as_array().filter(|areas| !areas.is_empty());
                let areas = areas.filter(|areas| {
                    areas
                        .iter()
                        .all(|area| area.get("placeholders").is_some_and(Value::is_array))
                });
                areas
                    .map(Self::Areas)
                    .ok_or_else(|| wrong("print_areas", "has to be [{placeholders: […]}]"))
            }
            Some(("artwork_image_id", value)) => Ok(Self::Image {
                id: text("artwork_image_id", value)?,
                position,
            }),
            Some((name, value)) => {
                let url = text(name, value)?;
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    return Err(wrong(
                        name,
                        "has to be an address that begins with https://",
                    ));
                }
                Ok(Self::Address { url, position })
            }
        }
    }

    /// What tells this artwork from another.
    fn source(&self) -> Value {
        match self {
            Self::Areas(areas) => json!({ "print_areas": areas }),
            Self::Image { id, position } => json!({"image_id": id, "position": position}),
            Self::Address { url, position } => json!({"url": url, "position": position}),
        }
    }

    /// The positions that it uses.
    pub fn positions(&self) -> Vec<&'a str> {
        match self {
            Self::Image { position, .. } | Self::Address { position, .. } => vec![position],
            Self::Areas(areas) => areas
                .iter()
                .filter_map(|area| area.get("placeholders")?.as_array())
                .flatten()
                .filter_map(|placeholder| placeholder.get("position")?.as_str())
                .collect(),
        }
    }

    /// Refuses a position that one of the chosen variants does not have.
    pub fn check(&self, chosen: &[i64], choices: &[Choice]) -> Result<(), PlatformError> {
        let ours = choices
            .iter()
            .filter(|choice| chosen.contains(&choice.id) && !choice.positions.is_empty());
        for choice in ours {
            let lacks = |position: &&str| !choice.positions.iter().any(|has| has == position);
            if let Some(position) = self.positions().into_iter().find(lacks) {
                let has = choice.positions.join(", ");
                let name = match self {
                    Self::Areas(_) => "print_areas",
                    _ => "artwork_position",
                };
                return Err(PlatformError::rejected_field(
                    field(name),
                    format!(
                        "`{position}` is no print area of {}: it has {has}",
                        choice.title
                    ),
                ));
            }
        }
        Ok(())
    }

    /// What is to be done about it, seen from what the product has.
    pub fn plan(&self, memory: &Memory) -> Plan {
        let source = self.source();
        match &memory.artwork {
            Some(sent) if sent.source == source => Plan::Keep(sent.clone()),
            _ => match self {
                Self::Address { url, .. } => Plan::Upload((*url).to_owned()),
                _ => Plan::Place(SentArtwork {
                    source,
                    image_id: None,
                }),
            },
        }
    }

    /// The artwork with the picture that was uploaded for it.
    pub fn uploaded(&self, image_id: String) -> SentArtwork {
        SentArtwork {
            source: self.source(),
            image_id: Some(image_id),
        }
    }

    /// The vendor's `print_areas` for `sent` on the variants `all`: together they have to cover each of them.
    pub fn areas(&self, sent: &SentArtwork, all: &[i64]) -> Value {
        let (id, position) = match self {
            Self::Areas(areas) => return Value::Array(covering(areas, all)),
            Self::Image { id, position } => (*id, *position),
            Self::Address { position, .. } => {
                (sent.image_id.as_deref().unwrap_or_default(), *position)
            }
        };
        // As wide as the print area and in its middle.
        let image = json!({"id": id, "x": 0.5, "y": 0.5, "scale": 1, "angle": 0});
        let placeholder = json!({"position": position, "images": [image]});
        json!([{"variant_ids": all, "placeholders": [placeholder]}])
    }
}

/// `areas`, of which the first takes the variants that none names.
fn covering(areas: &[Value], all: &[i64]) -> Vec<Value> {
    let named = |area: &Value| -> Vec<i64> {
        let ids = area
            .get("variant_ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let ids = ids.filter_map(Value::as_i64);
        ids.filter(|id| all.contains(id)).collect()
    };
    let everywhere: Vec<i64> = areas.iter().flat_map(named).collect();
    let rest: Vec<i64> = all
        .iter()
        .copied()
        .filter(|id| !everywhere.contains(id))
        .collect();
    let mut covered: Vec<(Vec<i64>, &Value)> = areas
        .iter()
        .map(|area| {
            (
                named(area),
                area.get("placeholders").unwrap_or(&Value::Null),
            )
        })
        .collect();
    if let Some((ids, _)) = covered.first_mut() {
        ids.extend(rest);
    }
    covered
        .into_iter()
        .filter(|(ids, _)| !ids.is_empty())
        .map(|(ids, placeholders)| json!({"variant_ids": ids, "placeholders": placeholders}))
        .collect()
}

/// What is to be done about the artwork.
pub enum Plan {
    /// The product has it.
    Keep(SentArtwork),
    /// It can be placed.
    Place(SentArtwork),
    /// The picture at this address has to be uploaded before.
    Upload(String),
}

/// Uploads the picture at `url`. The vendor gives the same picture the same id.
pub fn upload(
    call: Call<'_>,
    url: &str,
    phase: &impl Serialize,
) -> Result<Exchange, PlatformError> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().filter(|name| name.contains('.'));
    let body = json!({"file_name": name.unwrap_or("artwork.png"), "url": url});
    Ok(call
        .send(Method::POST, "/v1/uploads/images.json", &body, phase)?
        .repeatable())
}

/// The id of the upload.
pub fn image_id(response: &HttpResponse) -> Result<String, PlatformError> {
    #[derive(Deserialize)]
    struct Upload {
        id: String,
    }
    let upload: Result<Upload, PlatformError> = answer::read(response);
    match upload {
        Ok(upload) => Ok(upload.id),
        Err(PlatformError::Rejected { reason, .. }) => Err(PlatformError::rejected_field(
            field("artwork_url"),
            format!("Printify can't use the picture: {reason}"),
        )),
        Err(other) => Err(other),
    }
}
