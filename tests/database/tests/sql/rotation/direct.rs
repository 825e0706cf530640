//! The first form, as it was made before there were envelopes.

use super::vault::{OLD, Spot};
use crate::tick::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use common::ports::Random as _;

/// What the spot holds, sealed with the old key itself.
pub fn sealed(spot: &Spot, world: &World) -> String {
    let (id, key) = OLD.split_once(':').unwrap();
    let key: [u8; 32] = STANDARD.decode(key).unwrap().try_into().unwrap();
    let mut nonce = [0; 24];
    world.fill(&mut nonce);
    let parts = [&spot.workspace, spot.table, &spot.row, spot.sealed_for];
    let bound_to: String = parts.map(|part| format!("{}:{part};", part.len())).concat();
    let plain = spot.plain();
    let payload = Payload {
        msg: plain.as_bytes(),
        aad: bound_to.as_bytes(),
    };
    let cipher = XChaCha20Poly1305::new(&Key::from(key));
    let text = cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
    format!(
        "v1.{id}.{}.{}",
        URL_SAFE_NO_PAD.encode(nonce),
        URL_SAFE_NO_PAD.encode(text)
    )
}
