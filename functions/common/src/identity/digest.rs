//! `Content-Digest` (RFC 9530): whoever sends it has the body checked against it, whoever signs a body must.

use crate::error::{Error, Kind, Result};
use crate::request::{Body, Chunk, Request};
use bytes::Bytes;
use http::HeaderMap;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};
use sha2::digest::Output;
use sha2::{Digest, Sha256, Sha512};
use std::collections::VecDeque;
use subtle::ConstantTimeEq as _;

/// The header.
pub const HEADER: &str = "content-digest";
const MAX_HEADER_BYTES: usize = 1024;
/// The largest body of a signed request, in bytes. It is read and checked before anything is done with any of it, so it
/// is in memory as a whole.
pub const MAX_SIGNED_BYTES: usize = 8 * 1024 * 1024;

/// Puts the body of `request` under the guard that its headers ask for. With `Content-Digest`, reading it to its end fails
/// when it does not fit, and of a signed request nothing can be read before all of it fits; without, a signed request has
/// no body that could be read.
///
/// # Errors
/// 400 naming `Content-Digest` when it is no digest that we know.
pub fn guard(request: &mut Request) -> Result<()> {
    let digests = Digests::of(&request.headers)?;
    let signed = request.headers.contains_key(super::signature::INPUT_HEADER);
    if digests.is_none() && !signed {
        return Ok(());
    }
    let unread = std::mem::replace(&mut request.body, Box::new(None::<Bytes>));
    request.body = match digests {
        Some(digests) if signed => Box::new(Whole {
            checked: Some(Checked::new(unread, digests)),
            pieces: VecDeque::new(),
        }),
        Some(digests) => Box::new(Checked::new(unread, digests)),
        None => Box::new(Uncovered(unread)),
    };
    Ok(())
}

/// What the header says of the body.
#[derive(Default)]
struct Digests {
    sha256: Option<Output<Sha256>>,
    sha512: Option<Output<Sha512>>,
}

impl Digests {
    fn of(headers: &HeaderMap) -> Result<Option<Self>> {
        let lines = headers.get_all(HEADER);
        if lines.iter().next().is_none() {
            return Ok(None);
        }
        let lines: Vec<&[u8]> = lines.iter().map(http::HeaderValue::as_bytes).collect();
        let text = lines.join(&b","[..]);
        if text.len() > MAX_HEADER_BYTES {
            return Err(unknown());
        }
        let parsed: Dictionary = Parser::new(&text).parse().map_err(|_| unknown())?;
        let mut digests = Self::default();
        for (name, value) in &parsed {
            match name.as_str() {
                "sha-256" => digests.sha256 = Some(output::<Sha256>(value)?),
                "sha-512" => digests.sha512 = Some(output::<Sha512>(value)?),
                _ => {} // another algorithm, which we need not know (RFC 9530, 2)
            }
        }
        match digests.sha256.is_some() || digests.sha512.is_some() {
            true => Ok(Some(digests)),
            false => Err(unknown()),
        }
    }
}

fn output<D: Digest>(value: &ListEntry) -> Result<Output<D>> {
    let ListEntry::Item(Item {
        bare_item: BareItem::ByteSequence(bytes),
        ..
    }) = value
    else {
        return Err(unknown());
    };
    Output::<D>::try_from(bytes.as_slice()).map_err(|_| unknown())
}

/// A body that is hashed as it is read; its end is an error when the digest does not fit.
struct Checked {
    unread: Box<dyn Body>,
    expected: Option<Digests>,
    sha256: Sha256,
    sha512: Sha512,
}

impl Checked {
    fn new(unread: Box<dyn Body>, expected: Digests) -> Self {
        Self {
            unread,
            expected: Some(expected),
            sha256: Sha256::new(),
            sha512: Sha512::new(),
        }
    }

    fn take(&mut self, piece: &Bytes) {
        let Some(expected) = &self.expected else {
            return;
        };
        if expected.sha256.is_some() {
            self.sha256.update(piece);
        }
        if expected.sha512.is_some() {
            self.sha512.update(piece);
        }
    }

    fn end(&mut self) -> Result<()> {
        let Some(expected) = self.expected.take() else {
            return Ok(());
        };
        let sha256 = std::mem::take(&mut self.sha256).finalize();
        let sha512 = std::mem::take(&mut self.sha512).finalize();
        let fits = expected
            .sha256
            .is_none_or(|digest| digest.ct_eq(&sha256).into())
            && expected
                .sha512
                .is_none_or(|digest| digest.ct_eq(&sha512).into());
        match fits {
            true => Ok(()),
            false => Err(Error::field(
                "Content-Digest",
                "does not fit the body that arrived",
            )),
        }
    }
}

impl Body for Checked {
    fn chunk(&mut self) -> Chunk<'_> {
        Box::pin(async move {
            match self.unread.chunk().await? {
                Some(piece) => {
                    self.take(&piece);
                    Ok(Some(piece))
                }
                None => self.end().map(|()| None),
            }
        })
    }
}

/// A body of which no piece is given out before the last one is checked.
struct Whole {
    checked: Option<Checked>,
    pieces: VecDeque<Bytes>,
}

impl Body for Whole {
    fn chunk(&mut self) -> Chunk<'_> {
        Box::pin(async move {
            if let Some(mut unread) = self.checked.take() {
                let mut length = 0;
                while let Some(piece) = unread.chunk().await? {
                    length += piece.len();
                    if length > MAX_SIGNED_BYTES {
                        self.pieces.clear();
                        return Err(too_large());
                    }
                    self.pieces.push_back(piece);
                }
            }
            Ok(self.pieces.pop_front())
        })
    }
}

/// A body that no signature covers: it can be empty only.
struct Uncovered(Box<dyn Body>);

impl Body for Uncovered {
    fn chunk(&mut self) -> Chunk<'_> {
        Box::pin(async move {
            match self.0.chunk().await? {
                Some(_) => Err(Error {
                    kind: Kind::Unauthorized,
                    ..Error::field(
                        "Content-Digest",
                        "must come with the body of a signed request, and be covered by its signature",
                    )
                }),
                None => Ok(None),
            }
        })
    }
}

fn unknown() -> Error {
    Error::field(
        "Content-Digest",
        "takes sha-256=:<base64>: or sha-512=:<base64>: (RFC 9530)",
    )
}

fn too_large() -> Error {
    Error::new(
        Kind::PayloadTooLarge,
        format!(
            "The body of a signed request may have {MAX_SIGNED_BYTES} bytes at most; larger ones go with a bearer key."
        ),
    )
}

#[cfg(test)]
#[path = "digest/tests.rs"]
mod tests;
