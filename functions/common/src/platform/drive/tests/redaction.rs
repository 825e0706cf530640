//! What a channel repeats of a store's secrets.

use super::{reply, run};
use crate::platform::{Limits, PlatformError, Store};
use serde_json::json;

#[test]
fn a_token_that_the_channel_repeats_is_taken_out_of_what_it_says() {
    let store = Store::new(
        json!({}),
        json!({"token": "tok-12345678", "other": "tok-1234"}),
    );
    let (ended, _) = run(vec![reply(200, "refused")], &store, Limits::default());
    assert_eq!(
        ended.unwrap_err().cause,
        PlatformError::rejected("[redacted] may not do this")
    );
    let (ended, _) = run(vec![reply(200, "told")], &store, Limits::default());
    assert_eq!(ended.unwrap().result, json!({"said": ["hello [redacted]"]}));
}
