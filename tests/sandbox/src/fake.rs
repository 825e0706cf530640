//! What every fake channel does. Each answers under its own path, `/{slug}/…`, and posts its notifications
//! through the [`Outbox`].

use crate::outbox::Outbox;
use crate::stamp::Stamp;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::fmt::Debug;

/// A vendor in memory.
pub(crate) trait Fake: Debug + Send {
    /// Answers one request; the prefix `/{slug}` is gone from its path.
    fn respond(
        &mut self,
        request: &Request<Bytes>,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Response<Bytes>;

    /// Lets happen by itself what is due by `at`: nobody has to ask for it.
    fn tick(&mut self, _at: Stamp, _outbox: &mut Outbox) {}

    /// Everything it has, for tests and people.
    fn dump(&self) -> Value;

    /// Does what `POST /_sandbox/{slug}/{what}` asks for; the reason when it can't. Every fake knows, in the
    /// shop of its ready store:
    ///
    /// | `what` | body | |
    /// |---|---|---|
    /// | `orders` | `{"lines": [{"sku", "quantity"}]}` | a customer orders; answers `{"id"}`, the id that the vendor's API takes |
    /// | `sales` | `{"sku", "quantity"}` | stock falls as by a sale |
    /// | `webhooks` | `{"address"}` | notifications go there, where the vendor's API has no way to say so |
    /// | `uninstall` | `{}` | the owner takes back our access |
    fn control(
        &mut self,
        what: &str,
        body: &Value,
        at: Stamp,
        outbox: &mut Outbox,
    ) -> Result<Value, String>;

    /// Every access token that was given out is good no more.
    fn expire_tokens(&mut self);

    /// A delivery of `tag` was not taken; `is_last` when it is not tried again.
    fn undelivered(&mut self, _tag: &str, _is_last: bool) {}

    /// A store that is ready to be used at `base_url`: its `config` and its `credentials`.
    fn ready_store(&self, base_url: &str) -> (Value, Value);
}
