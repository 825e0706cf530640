//! Acting on a stored notification. What it says happened is only a hint: the channel is asked how things are now, so that
//! late, lost, doubled and reordered notifications leave the same state.

use super::attempt::{Bench, Desk};
use super::effect::{Disconnected, Effect, Seen};
use super::end::End;
use super::text;
use crate::platform::{
    Action, DriveError, Level, OperationKind, Outcome, WebhookDelivery, WebhookEvent,
    WebhookSubject,
};
use crate::ports::Host;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A notification as it was stored.
#[derive(Debug, Deserialize)]
pub(super) struct EventCard {
    /// Name to value; without what was secret.
    #[serde(default)]
    headers: Map<String, Value>,
    /// The body where it is text.
    body: Option<String>,
    /// The body where it is not.
    body_base64: Option<String>,
    /// RFC 3339.
    received_at: Option<String>,
}

impl EventCard {
    fn headers(&self) -> HeaderMap {
        let pairs = self.headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::try_from(name.as_str()).ok()?;
            Some((name, HeaderValue::try_from(value.as_str()?).ok()?))
        });
        pairs.collect()
    }

    fn body(&self) -> Vec<u8> {
        match (&self.body, &self.body_base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(encoded)) => STANDARD.decode(encoded).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Found {
    /// Our listing of the product.
    listing_id: Option<String>,
    /// Whether a publication has begun whose product we can't know yet.
    publishing: bool,
}

impl<H: Host> Bench<'_, H> {
    /// Does what the notification of `desk`'s job calls for.
    pub(super) async fn notification(&self, desk: &Desk<'_>) -> End {
        let Some(card) = &desk.job.event else {
            return End::failed("The notification is gone.");
        };
        let (headers, body) = (card.headers(), card.body());
        let delivery = WebhookDelivery {
            headers: &headers,
            body: &body,
        };
        let event = match desk.platform.decode_webhook(&delivery) {
            Ok(event) => event,
            Err(error) => return End::failed(error.to_string()),
        };
        match event.subject {
            WebhookSubject::OrderChanged => self.order_changed(desk, &event).await,
            WebhookSubject::ProductChanged
            | WebhookSubject::ProductDeleted
            | WebhookSubject::InventoryChanged => self.product_changed(desk, &event).await,
            WebhookSubject::PublishRequested => self.publish_requested(desk, &event).await,
            WebhookSubject::Disconnected => self.disconnected(desk, card),
            WebhookSubject::Other => ignored(format!("nothing is done for `{}`", event.topic)),
        }
    }

    async fn order_changed(&self, desk: &Desk<'_>, event: &WebhookEvent) -> End {
        let Some(external_order_id) = event.external_id.clone() else {
            return ignored("it names no order");
        };
        let action = Action::GetOrder { external_order_id };
        match self.ask(desk, OperationKind::ReadOrders, action).await {
            Ok(outcome) if outcome.orders.is_empty() => {
                let end = ignored("the channel has no such order");
                self.with_outcome(desk, end, &outcome)
            }
            Ok(outcome) => self.with_outcome(desk, processed("the order was read"), &outcome),
            Err(end) => *end,
        }
    }

    async fn product_changed(&self, desk: &Desk<'_>, event: &WebhookEvent) -> End {
        let Some(external_id) = event.external_id.clone() else {
            return ignored("it names no product");
        };
        let action = Action::CheckProduct {
            external_id: external_id.clone(),
        };
        match self.ask(desk, OperationKind::CheckProduct, action).await {
            Ok(outcome) => {
                let seen = Seen::of(&outcome, &external_id);
                let mut end = processed("the product was looked at");
                end.effect.seen = Some(seen);
                self.with_outcome(desk, end, &outcome)
            }
            Err(end) => *end,
        }
    }

    /// Ours is confirmed; what is not ours is declined, unless it may be ours and we don't know its id yet.
    async fn publish_requested(&self, desk: &Desk<'_>, event: &WebhookEvent) -> End {
        let Some(external_id) = event.external_id.clone() else {
            return ignored("it names no product");
        };
        let args = json!({"workspace_id": desk.job.workspace_id, "store_id": desk.row.id, "external_id": external_id});
        let found = text(self.host, include_str!("find_listing.sql"), &args).await;
        let found = found.and_then(|found| {
            serde_json::from_value::<Found>(found).map_err(crate::Error::internal)
        });
        let listing_id = match found {
            Ok(found) if found.listing_id.is_none() && found.publishing => {
                return End::retry(
                    "a publication of this store is under way; its product may be this one",
                );
            }
            Ok(found) => found.listing_id,
            Err(error) => return End::retry(error.message),
        };
        let said = match listing_id {
            Some(_) => "the product is ours: confirmed",
            None => "no listing of this store is this product: declined",
        };
        let action = Action::AnswerPublish {
            external_id,
            listing_id,
        };
        match self.ask(desk, OperationKind::Webhooks, action).await {
            Ok(outcome) => self.with_outcome(desk, processed(said), &outcome),
            Err(end) => *end,
        }
    }

    /// The shop took back our access. Only what verifies its notifications is kept: some come after this.
    fn disconnected(&self, desk: &Desk<'_>, card: &EventCard) -> End {
        let name = desk.platform.descriptor().webhook_credential;
        let mut left = Map::new();
        if let Some(secret) = desk.store.credential(name) {
            left.insert(name.to_owned(), secret.into());
        }
        let mut end = processed("the store is disconnected");
        end.effect.disconnected = Some(Disconnected {
            reason: "the shop removed the app".to_owned(),
            as_of: card.received_at.clone(),
            remaining: self.seal(desk, Some(Secret::new(Value::Object(left)))),
        });
        end
    }

    /// Asks the channel, where it can be asked.
    async fn ask(
        &self,
        desk: &Desk<'_>,
        kind: OperationKind,
        action: Action,
    ) -> Result<Outcome, Box<End>> {
        let capability = desk.platform.descriptor().capability(kind);
        if capability.level == Level::Unsupported {
            return Err(Box::new(ignored(capability.reason)));
        }
        let asked: Result<Outcome, DriveError> = self.operate(desk, action).await;
        asked.map_err(|error| Box::new(self.refused(desk, error)))
    }

    /// `end` with what any operation brings beside its answer.
    fn with_outcome(&self, desk: &Desk<'_>, end: End, outcome: &Outcome) -> End {
        let seen = end.effect.seen;
        let effect = Effect {
            // of the notification's product, not of a listing that the job is about
            external_id: None,
            platform_data: None,
            presence: None,
            issues: Vec::new(),
            seen,
            ..self.effect(desk, outcome)
        };
        End { effect, ..end }
    }
}

fn processed(detail: &str) -> End {
    End::completed(
        Some(json!({"status": "processed", "detail": detail})),
        Effect::default(),
    )
}

fn ignored(detail: impl Into<String>) -> End {
    let result = json!({"status": "ignored", "detail": detail.into()});
    End::completed(Some(result), Effect::default())
}
