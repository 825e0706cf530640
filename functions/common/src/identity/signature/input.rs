//! The two headers of a signature, read strictly: structured fields (RFC 9651) with exactly one signature.

use super::refused;
use crate::error::Result;
use crate::identity::signing_key::KeyId;
use http::HeaderMap;
use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored};
use sfv::{BareItem, Dictionary, FieldType as _, Item, Key, KeyRef, ListEntry, Parameters, Parser};
use std::convert::Infallible;

/// More than any signer needs, and little enough to parse for strangers.
const MAX_HEADER_BYTES: usize = 4096;
const MAX_COMPONENTS: usize = 32;

/// What `Signature-Input` and `Signature` say.
pub(super) struct Input {
    /// The names of what is covered, in their order.
    pub components: Vec<String>,
    /// The value of `@signature-params`: components and parameters as they stand in the header.
    pub params: String,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds.
    pub expires: i64,
    /// Good once.
    pub nonce: String,
    /// Whose signature it is said to be.
    pub key: KeyId,
    /// The signature itself.
    pub signature: Vec<u8>,
}

impl Input {
    /// Reads the headers.
    ///
    /// # Errors
    /// 401 naming what is missing, double or of another form.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self> {
        let (label, entry) = only_member(headers, super::INPUT_HEADER)?;
        let (signed, signature) = only_member(headers, "signature")?;
        if label != signed {
            return Err(refused("has another label than Signature"));
        }
        let ListEntry::Item(Item {
            bare_item: BareItem::ByteSequence(signature),
            params: of_signature,
        }) = signature
        else {
            return Err(refused("needs a header Signature with bytes (`:base64:`)"));
        };
        if !of_signature.is_empty() {
            return Err(refused("needs a header Signature without parameters"));
        }
        let params = serialised(&label, &entry)?;
        let ListEntry::InnerList(list) = entry else {
            return Err(refused("takes a list of components in parentheses"));
        };
        let components = components(&list.items)?;
        let named = Named::of(&list.params)?;
        Ok(Self {
            components,
            params,
            created: named.created.ok_or_else(|| missing("created"))?,
            expires: named.expires.ok_or_else(|| missing("expires"))?,
            nonce: named.nonce.ok_or_else(|| missing("nonce"))?,
            key: named.key.ok_or_else(|| missing("keyid"))?,
            signature,
        })
    }
}

/// The one member of the dictionary in the header `name`.
fn only_member(headers: &HeaderMap, name: &'static str) -> Result<(Key, ListEntry)> {
    let unreadable = || refused(format!("`{name}` is no dictionary of structured fields"));
    let mut lines = headers.get_all(name).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(refused(format!("needs exactly one header `{name}`")));
    };
    let text = line.to_str().map_err(|_| unreadable())?;
    if text.len() > MAX_HEADER_BYTES {
        return Err(refused(format!(
            "`{name}` may have {MAX_HEADER_BYTES} bytes at most"
        )));
    }
    // Parsed, the last of several members of one name would be the only one.
    let members = Parser::new(text).parse_dictionary_with_visitor(Counting(0));
    let parsed: Dictionary = Parser::new(text).parse().map_err(|_| unreadable())?;
    match (members, parsed.into_iter().next()) {
        (Ok(1), Some(member)) => Ok(member),
        _ => Err(refused(format!("`{name}` takes exactly one signature"))),
    }
}

/// Counts the members of a dictionary.
struct Counting(usize);

impl<'de> DictionaryVisitor<'de> for Counting {
    type Out = usize;
    type Error = Infallible;

    fn entry(&mut self, _: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        self.0 += 1;
        Ok(Ignored)
    }

    fn finish(self) -> Result<usize, Infallible> {
        Ok(self.0)
    }
}

/// The entry alone, as a dictionary writes it (RFC 9421, 2.3).
fn serialised(label: &Key, entry: &ListEntry) -> Result<String> {
    let alone = Dictionary::from_iter([(label.clone(), entry.clone())]);
    alone
        .serialize()
        .as_deref()
        .and_then(|text| text.strip_prefix(label.as_str())?.strip_prefix('='))
        .map(str::to_owned)
        .ok_or_else(|| refused("takes a list of components in parentheses"))
}

fn components(items: &[Item]) -> Result<Vec<String>> {
    if items.len() > MAX_COMPONENTS {
        return Err(refused(format!(
            "may cover {MAX_COMPONENTS} components at most"
        )));
    }
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let name = match &item.bare_item {
            BareItem::String(name) if item.params.is_empty() => name.as_str(),
            _ => return Err(refused("takes components without parameters")),
        };
        if names.iter().any(|known| known == name) {
            return Err(refused("covers a component twice"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The parameters by their names.
#[derive(Default)]
struct Named {
    created: Option<i64>,
    expires: Option<i64>,
    nonce: Option<String>,
    key: Option<KeyId>,
}

impl Named {
    fn of(params: &Parameters) -> Result<Self> {
        let mut named = Self::default();
        for (name, value) in params {
            match (name.as_str(), value) {
                ("created", BareItem::Integer(at)) => named.created = Some(i64::from(*at)),
                ("expires", BareItem::Integer(at)) => named.expires = Some(i64::from(*at)),
                ("nonce", BareItem::String(nonce)) => named.nonce = Some(fitting(nonce.as_str())?),
                ("keyid", BareItem::String(id)) => {
                    let id = KeyId::parse(id.as_str());
                    named.key = Some(id.ok_or_else(|| {
                        refused("`keyid` takes the `keyid` that came with the key's secret")
                    })?);
                }
                ("alg", BareItem::String(name)) if name.as_str() == "hmac-sha256" => {}
                ("alg", _) => return Err(refused("`alg` can only be \"hmac-sha256\"")),
                ("created" | "expires" | "nonce" | "keyid", _) => {
                    return Err(refused(format!("`{name}` has another type")));
                }
                _ => {
                    return Err(refused(
                        "takes the parameters created, expires, nonce, keyid and alg",
                    ));
                }
            }
        }
        Ok(named)
    }
}

fn fitting(nonce: &str) -> Result<String> {
    let fits =
        (16..=128).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(nonce.to_owned()),
        false => Err(refused("`nonce` takes 16 to 128 visible ASCII characters")),
    }
}

fn missing(parameter: &str) -> crate::error::Error {
    refused(format!("lacks the parameter `{parameter}`"))
}
