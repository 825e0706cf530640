//! Bodies as they leave.

use bytes::Bytes;
use common::error::Result;
use common::reply::Rest;
use http_body::{Body, Frame};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body of which the beginning is there and the rest, if any, is made one piece at a time, when the one before has left.
pub struct Outgoing {
    beginning: Option<Bytes>,
    rest: State,
}

type Made = (Rest, Result<Option<Bytes>>);

enum State {
    Waiting(Rest),
    Making(Pin<Box<dyn Future<Output = Made>>>),
    Ended,
}

/// The rest could not be made: what left is not the whole. Why is in the log.
#[derive(Debug)]
pub struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenOff {}

impl Outgoing {
    /// `beginning`, then all pieces of `rest`.
    pub(crate) fn new(beginning: Bytes, rest: Option<Rest>) -> Self {
        Self {
            beginning: Some(beginning).filter(|bytes| !bytes.is_empty()),
            rest: rest.map_or(State::Ended, State::Waiting),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(beginning) = self.beginning.take() {
            return Poll::Ready(Some(Ok(Frame::data(beginning))));
        }
        let mut making = match std::mem::replace(&mut self.rest, State::Ended) {
            State::Ended => return Poll::Ready(None),
            State::Making(making) => making,
            State::Waiting(mut rest) => Box::pin(async move {
                let piece = rest.0.chunk().await;
                (rest, piece)
            }),
        };
        match making.as_mut().poll(context) {
            Poll::Pending => {
                self.rest = State::Making(making);
                Poll::Pending
            }
            Poll::Ready((_, Ok(None))) => Poll::Ready(None),
            Poll::Ready((_, Err(_))) => Poll::Ready(Some(Err(BrokenOff))),
            Poll::Ready((rest, Ok(Some(piece)))) => {
                self.rest = State::Waiting(rest);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use common::error::Error;
    use common::request::Chunk;
    use http_body_util::BodyExt as _;

    /// Pieces that are there one after the other, and how many were asked for.
    struct Pieces(
        Vec<Result<Option<Bytes>>>,
        std::rc::Rc<std::cell::Cell<usize>>,
    );

    impl common::request::Body for Pieces {
        fn chunk(&mut self) -> Chunk<'_> {
            self.1.set(self.1.get() + 1);
            let next = if self.0.is_empty() {
                Ok(None)
            } else {
                self.0.remove(0)
            };
            Box::pin(async move { next })
        }
    }

    fn body(pieces: Vec<Result<Option<Bytes>>>) -> (Outgoing, std::rc::Rc<std::cell::Cell<usize>>) {
        let asked = std::rc::Rc::default();
        let rest = Rest(Box::new(Pieces(pieces, std::rc::Rc::clone(&asked))));
        (
            Outgoing::new(Bytes::from_static(b"first\n"), Some(rest)),
            asked,
        )
    }

    #[tokio::test]
    async fn a_complete_body_is_one_frame() {
        let mut body = Outgoing::new(Bytes::from_static(b"all"), None);
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "all"
        );
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn the_beginning_leaves_before_any_of_the_rest_is_made() {
        let (mut body, asked) = body(vec![Ok(Some(Bytes::from_static(b"second\n")))]);
        let first = body.frame().await.unwrap().unwrap();
        assert_eq!(
            (first.into_data().unwrap(), asked.get()),
            ("first\n".into(), 0)
        );
        let all = body.collect().await.unwrap().to_bytes();
        assert_eq!(all, "second\n");
    }

    #[tokio::test]
    async fn a_piece_that_fails_breaks_the_body_off() {
        let (body, _) = body(vec![
            Ok(Some(Bytes::from_static(b"second\n"))),
            Err(Error::internal("gone")),
        ]);
        assert!(body.collect().await.is_err());
    }
}
