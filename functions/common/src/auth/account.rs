//! What somebody who is signed in does with their account and its sessions.

use super::password::{Password, Weakness};
use super::refusal::{Refusal, Result};
use super::sign_up::fits;
use super::store::{Answer, Outcome, ask};
use super::tokens::RefreshToken;
use super::{body, parameter};
use crate::error::Error;
use crate::identity::{self, Via, cookie};
use crate::ports::{Host, Repeat};
use crate::reply::Reply;
use crate::request::Request;
use crate::resource::parse_id;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Who is signed in, by a token or cookie of a session of ours.
struct Person {
    user: Uuid,
    session: Uuid,
}

impl Person {
    /// Whether the session still lives is asked by the statement.
    async fn of(request: &Request, host: &impl Host) -> Result<Self> {
        let caller = identity::authenticate(request, host).await?;
        match (caller.via, caller.user, caller.session) {
            (Via::Token | Via::Cookie, Some(user), Some(session)) => Ok(Self { user, session }),
            _ => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "no_authorization",
                "This takes the access token of somebody who signed in here.",
            )),
        }
    }

    fn args(&self) -> Value {
        json!({"user": self.user, "session": self.session})
    }

    fn args_with(&self, more: Value) -> Value {
        let mut args = self.args();
        if let (Some(args), Value::Object(more)) = (args.as_object_mut(), more) {
            args.extend(more);
        }
        args
    }
}

/// `GET /auth/v1/user`.
///
/// # Errors
/// 401; 403 once the session has ended.
pub async fn user(request: &Request, host: &impl Host) -> Result<Reply> {
    let person = Person::of(request, host).await?;
    let statement = include_str!("account.sql");
    let answer = ask(host, request, statement, person.args(), Repeat::Safe).await?;
    shown(answer)
}

#[derive(Deserialize)]
struct Changes {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    current_password: Option<String>,
    data: Option<Map<String, Value>>,
}

/// `PUT /auth/v1/user` `{password?, current_password?, data?}` → the user. A new password ends all other sessions; it takes the
/// current one, or a session that began within a day.
///
/// # Errors
/// 400 for a wrong current password; 409; 422 for a weak or the same password; 401, 403, 429.
pub async fn update(request: &mut Request, host: &impl Host) -> Result<Reply> {
    let person = Person::of(request, host).await?;
    let changes: Changes = body(request).await?;
    if changes.email.is_some() || changes.phone.is_some_and(|phone| !phone.is_empty()) {
        return Err(Refusal::invalid(
            "An address can't be changed here: nothing would prove that the new one is yours.",
        ));
    }
    let mut answer = None;
    if let Some(data) = changes.data {
        fits(&data)?;
        let args = person.args_with(json!({ "data": data }));
        let statement = include_str!("describe_account.sql");
        answer = Some(ask(host, request, statement, args, Repeat::Safe).await?);
    }
    if answer
        .as_ref()
        .is_some_and(|answer| answer.outcome == Outcome::TooLarge)
    {
        return Err(Refusal::invalid(
            "data: the account says more of itself than it may",
        ));
    }
    if let Some(typed) = changes.password {
        let change = PasswordChange {
            typed,
            current: changes.current_password,
        };
        answer = Some(change.make(request, host, &person).await?);
    }
    match answer {
        Some(answer) => shown(answer),
        None => user(request, host).await,
    }
}

struct PasswordChange {
    typed: String,
    current: Option<String>,
}

impl PasswordChange {
    async fn make(self, request: &Request, host: &impl Host, person: &Person) -> Result<Answer> {
        let wanted = Password::typed(&self.typed).ok_or_else(|| Refusal::weak(Weakness::Length))?;
        let begin = include_str!("begin_password_change.sql");
        let found = ask(host, request, begin, person.args(), Repeat::Safe).await?;
        if let Some(weakness) = wanted.weakness(found.email.as_deref().unwrap_or_default()) {
            return Err(Refusal::weak(weakness));
        }
        let stored = found.hash.unwrap_or_default();
        match self.current.as_deref().map(Password::typed) {
            Some(Some(current)) if current.fits(Some(&stored))? => {}
            Some(_) => return Err(Refusal::credentials()),
            None if found.recent == Some(true) => {}
            None => {
                return Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "reauthentication_needed",
                    "You signed in long ago: give the current password too, as current_password.",
                ));
            }
        }
        if wanted.fits(Some(&stored))? {
            let message = "New password should be different from the old password.";
            return Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "same_password",
                message,
            ));
        }
        let args = person.args_with(json!({"hash": stored, "new_hash": wanted.hash(host)?}));
        let finish = include_str!("finish_password_change.sql");
        let answer = ask(host, request, finish, args, Repeat::Unsafe).await?;
        match answer.outcome {
            Outcome::Ok => Ok(answer),
            _ => Err(Refusal::new(
                StatusCode::CONFLICT,
                "conflict",
                "The password was changed by somebody else just now.",
            )),
        }
    }
}

/// `POST /auth/v1/logout?scope=global|local|others` → 204: all sessions, this one, or all but this one end at once. By
/// cookie the refresh token will do, and the cookies go unless only others are signed out.
///
/// # Errors
/// 400 for another scope; 401; 403 when the session has ended before.
pub async fn sign_out(request: &Request, host: &impl Host) -> Result<Reply> {
    let scope = match parameter(&request.query, "scope") {
        None => "global",
        Some(scope @ ("global" | "local" | "others")) => scope,
        Some(_) => return Err(Refusal::invalid("scope: takes global, local or others")),
    };
    let kept = cookie::refresh_token(request)?;
    let forget = kept.is_some() && scope != "others";
    let outcome = end(request, host, scope, kept).await;
    match outcome {
        Ok(reply) if forget => Ok(cookie::forget(reply)),
        // 403 that is not about the session is about the page: what another site sends signs nobody out.
        Err(refusal) if forget && refusal.code == "session_not_found" => Err(refusal.and_forget()),
        outcome => outcome,
    }
}

async fn end(
    request: &Request,
    host: &impl Host,
    scope: &str,
    kept: Option<String>,
) -> Result<Reply> {
    let by_header = request.headers.contains_key(http::header::AUTHORIZATION);
    let args = match kept.filter(|_| !by_header) {
        Some(text) => {
            cookie::own_page(request, host)?;
            let token = RefreshToken::parse(&text).ok_or_else(Refusal::no_session)?;
            json!({"hash": token.hash(), "scope": scope})
        }
        None => Person::of(request, host)
            .await?
            .args_with(json!({ "scope": scope })),
    };
    ask(
        host,
        request,
        include_str!("sign_out.sql"),
        args,
        Repeat::Unsafe,
    )
    .await?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// `GET /auth/v1/sessions` → `{data, count}`: where one is signed in. Our own addition.
///
/// # Errors
/// 401, 403, 429.
pub async fn sessions(request: &Request, host: &impl Host) -> Result<Reply> {
    list(request, host, include_str!("own_sessions.sql")).await
}

/// `GET /auth/v1/events` → `{data, count}`: the last hundred of what happened to one's account. Our own addition.
///
/// # Errors
/// 401, 403, 429.
pub async fn events(request: &Request, host: &impl Host) -> Result<Reply> {
    list(request, host, include_str!("own_events.sql")).await
}

/// `DELETE /auth/v1/sessions/{id}` → 204: what it signed in is refused from its next request on. Our own addition.
///
/// # Errors
/// 404 when one has no such session; 401, 403, 429.
pub async fn end_session(request: &Request, host: &impl Host, id: &str) -> Result<Reply> {
    let person = Person::of(request, host).await?;
    let args = person.args_with(json!({"id": parse_id(id)?}));
    let statement = include_str!("end_own_session.sql");
    let answer = ask(host, request, statement, args, Repeat::Unsafe).await?;
    match answer.outcome {
        Outcome::Ok => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        _ => Err(Error::not_found().into()),
    }
}

async fn list(request: &Request, host: &impl Host, statement: &'static str) -> Result<Reply> {
    let person = Person::of(request, host).await?;
    let answer = ask(host, request, statement, person.args(), Repeat::Safe).await?;
    let page = json!({"data": answer.data, "count": answer.count});
    Ok(Reply::json(StatusCode::OK, page.to_string()))
}

fn shown(answer: Answer) -> Result<Reply> {
    let user = answer
        .user
        .ok_or_else(|| Error::internal("the statement answered no user"))?;
    Ok(Reply::json(StatusCode::OK, user.to_string()))
}
