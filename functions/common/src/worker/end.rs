//! How an attempt ended: what the channel's answer or refusal means for the job, its listing and its store.

use super::attempt::{Bench, Desk};
use super::effect::{Disconnected, Effect};
use super::queue::Ending;
use crate::jobs;
use crate::platform::{
    Action, DriveError, Issue, Level, OperationKind, Outcome, PlatformError, Severity,
};
use crate::ports::Host;
use serde_json::{Value, json};
use std::time::Duration;

/// After this a job of a store that is not connected is looked at again; its lane is blocked for longer.
const STORE_WAIT: Duration = Duration::from_secs(60);

/// How an attempt ended, before it has its job's name on it.
pub(super) struct End {
    pub ending: Ending,
    pub result: Option<Value>,
    pub error: Option<String>,
    pub retry_after: Option<Duration>,
    pub effect: Effect,
}

impl End {
    pub fn completed(result: Option<Value>, effect: Effect) -> Self {
        Self {
            ending: Ending::Completed,
            result,
            error: None,
            retry_after: None,
            effect,
        }
    }

    pub fn without_success(ending: Ending, error: impl Into<String>) -> Self {
        Self {
            ending,
            result: None,
            error: Some(error.into()),
            retry_after: None,
            effect: Effect::default(),
        }
    }

    pub fn failed(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Failed, error)
    }

    pub fn retry(error: impl Into<String>) -> Self {
        Self::without_success(Ending::Retry, error)
    }

    /// Put back until the store is connected again.
    pub fn waits(error: impl Into<String>) -> Self {
        Self {
            retry_after: Some(STORE_WAIT),
            ..Self::without_success(Ending::Snooze, error)
        }
    }
}

impl<H: Host> Bench<'_, H> {
    /// The end of `desk`'s job after `action`, which brought `outcome`.
    pub(super) async fn completed(
        &self,
        desk: &Desk<'_>,
        action: &Action,
        outcome: Outcome,
    ) -> End {
        if desk.job.kind == jobs::PUBLISH_LISTING && outcome.external_id.is_none() {
            return End::failed("The channel's answer does not name the product that it made.");
        }
        if desk.job.kind == jobs::CHECK_LISTING && outcome.presence.is_none() {
            return End::failed("The channel's answer does not say how it shows the product.");
        }
        let mut effect = self.effect(desk, &outcome);
        if let Action::ProcessOrder(order) = action
            && effect.orders.is_empty()
        {
            self.reread(desk, &order.external_order_id, &mut effect)
                .await;
        }
        End::completed(Some(result(&desk.job.kind, outcome)), effect)
    }

    /// Adds an order that was just processed as the channel has it now. One that can't be read at this moment is
    /// not worth doing the whole job again: a notification or the next reading brings it.
    async fn reread(&self, desk: &Desk<'_>, external_order_id: &str, effect: &mut Effect) {
        let descriptor = desk.platform.descriptor();
        if descriptor.capability(OperationKind::ReadOrders).level == Level::Unsupported {
            return;
        }
        let action = Action::GetOrder {
            external_order_id: external_order_id.to_owned(),
        };
        let credentials = match self.operate(desk, action).await {
            Ok(read) => {
                effect.orders = read.orders;
                read.credentials
            }
            Err(error) => error.credentials,
        };
        if let Some(sealed) = self.seal(desk, credentials) {
            effect.credentials = Some(sealed);
        }
    }

    /// What any operation brings beside its answer.
    pub(super) fn effect(&self, desk: &Desk<'_>, outcome: &Outcome) -> Effect {
        Effect {
            external_id: outcome.external_id.clone(),
            platform_data: outcome.platform_data.clone(),
            presence: outcome.presence,
            issues: outcome.issues.clone(),
            orders: outcome.orders.clone(),
            seen: None,
            credentials: self.seal(desk, outcome.credentials.clone()),
            token_lifetime_s: outcome.token_lifetime.map(|lifetime| lifetime.as_secs()),
            config: outcome.config.clone(),
            disconnected: None,
        }
    }

    /// The end of `desk`'s job after the channel said no.
    pub(super) fn refused(&self, desk: &Desk<'_>, error: DriveError) -> End {
        let reason = error.cause.to_string();
        let mut end = match error.cause {
            PlatformError::RetryAfter { after, .. } => {
                // Held back by the store's limits before anything was sent: not an attempt.
                let is_held_back = error.requests == 0 && after.is_some();
                let ending = match is_held_back {
                    true => Ending::Snooze,
                    false => Ending::Retry,
                };
                End {
                    retry_after: after,
                    ..End::without_success(ending, reason)
                }
            }
            PlatformError::AuthenticateAgain { reason: theirs } => {
                let mut end = match desk.job.kind.as_str() {
                    jobs::AUTHENTICATE => End::failed(reason),
                    _ => End::waits(reason),
                };
                end.effect.disconnected = Some(Disconnected {
                    reason: theirs,
                    as_of: None,
                    remaining: None,
                });
                end
            }
            PlatformError::Rejected {
                reason: theirs,
                field,
            } if desk.job.kind == jobs::PREVIEW_LISTING => {
                End::completed(Some(verdict(theirs, field)), Effect::default())
            }
            PlatformError::Rejected { .. } | PlatformError::Protocol { .. } => End::failed(reason),
        };
        end.effect.credentials = self.seal(desk, error.credentials);
        end
    }
}

/// A refusal is what a preview wants to know.
fn verdict(message: String, field: Option<String>) -> Value {
    let issue = Issue {
        severity: Severity::Error,
        code: "rejected".to_owned(),
        message,
        field,
    };
    json!({"issues": [issue]})
}

/// What the job shows of the channel's answer.
fn result(kind: &str, outcome: Outcome) -> Value {
    match kind {
        jobs::LIST_PRODUCTS => {
            json!({"products": outcome.products, "next_cursor": outcome.next_cursor})
        }
        jobs::READ_ORDERS => {
            json!({"orders": outcome.orders.len(), "next_cursor": outcome.next_cursor})
        }
        jobs::PREVIEW_LISTING => json!({"issues": outcome.issues}),
        jobs::CHECK_LISTING => json!({"presence": outcome.presence, "issues": outcome.issues}),
        _ => outcome.result,
    }
}
