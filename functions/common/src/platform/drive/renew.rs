//! Renewing a store's token: one at a time, stored at once.

use super::run::Run;
use crate::platform::pipeline::{Pipeline, Stored, Turn};
use crate::platform::{Action, Operation, Outcome, PlatformError, Store};
use serde_json::json;
use std::time::Duration;

/// While somebody else renews the token, it is looked for this often: a renewal is one request.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A token that is not the one that was refused.
enum Token {
    /// We renewed it.
    Renewed(Box<Store>, Box<Outcome>),
    /// Somebody else did.
    Found(Box<Store>),
}

impl<P: Pipeline> Run<'_, P> {
    /// Operates; with a new token once more if the channel does not take the old one. A token that somebody else
    /// renewed may be old again by then: it counts as none of ours.
    pub async fn with_valid_token(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Outcome, PlatformError> {
        let mut store = store.clone();
        for _ in 0..2 {
            match self.operate(operation, &store).await {
                Err(PlatformError::AuthenticateAgain { .. })
                    if self.platform.can_refresh(&store) => {}
                ended => return ended,
            }
            match self.renew(operation, &store).await? {
                Token::Found(found) => store = *found,
                Token::Renewed(fresh, _) => return self.operate(operation, &fresh).await,
            }
        }
        self.operate(operation, &store).await
    }

    /// The operation is the renewal itself. Where somebody else is faster, theirs will do.
    pub async fn authenticate(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Outcome, PlatformError> {
        match self.renewal(operation, store).await? {
            Token::Renewed(_, outcome) => Ok(*outcome),
            Token::Found(_) => Ok(Outcome {
                result: json!({"renewed": "by another job"}),
                ..Outcome::default()
            }),
        }
    }

    async fn renew(
        &mut self,
        operation: &Operation,
        store: &Store,
    ) -> Result<Token, PlatformError> {
        let renewal = Operation::new(Action::Authenticate, operation.idempotency_key.clone());
        match self.renewal(&renewal, store).await? {
            Token::Renewed(fresh, _) if fresh.credentials == store.credentials => {
                Err(PlatformError::AuthenticateAgain {
                    reason: "the channel gave no new token".to_owned(),
                })
            }
            token => Ok(token),
        }
    }

    async fn renewal(
        &mut self,
        renewal: &Operation,
        store: &Store,
    ) -> Result<Token, PlatformError> {
        let credentials = loop {
            match self.pipeline.begin().await? {
                Turn::Ours(current) => break current.unwrap_or_else(|| store.credentials.clone()),
                Turn::Newer(credentials) => {
                    let store = store.clone();
                    return Ok(Token::Found(Box::new(Store {
                        credentials,
                        ..store
                    })));
                }
                Turn::Wait(most) => self.pause(most.min(LOOK_AGAIN)).await?,
            }
        };
        let mut store = Store {
            credentials,
            ..store.clone()
        };
        let mut outcome = match self.operate(renewal, &store).await {
            Ok(outcome) => outcome,
            Err(cause) => {
                self.pipeline.finish(None).await;
                return Err(cause);
            }
        };
        self.store(&mut outcome, &mut store).await;
        Ok(Token::Renewed(Box::new(store), Box::new(outcome)))
    }

    /// Stores what the renewal brought before anything else is done with it.
    async fn store(&mut self, outcome: &mut Outcome, store: &mut Store) {
        let Some(fresh) = outcome.credentials.take() else {
            self.pipeline.finish(None).await;
            return;
        };
        let lifetime = outcome.token_lifetime;
        match self.pipeline.finish(Some((&fresh, lifetime))).await {
            Stored::Yes => outcome.token_lifetime = None,
            Stored::No => self.renewed = Some(fresh.clone()),
        }
        store.credentials = fresh;
    }
}
