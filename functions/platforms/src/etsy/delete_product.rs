//! Removes a listing. One that is gone already is a success; one whose state forbids it is taken from
//! sale first.

use super::answer::{refusal, succeeded};
use super::call::Call;
use super::listing_number;
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    Delete { second: bool },
    Deactivate,
}

pub fn begin(call: Call<'_>, external_id: &str) -> Result<Step, PlatformError> {
    delete(call, external_id, false)
}

pub fn resume(
    call: Call<'_>,
    external_id: &str,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let status = response.status();
    match recall(state)? {
        Phase::Delete { .. } if status == StatusCode::NOT_FOUND => Ok(done(external_id, true)),
        Phase::Delete { second: false } if status == StatusCode::CONFLICT => {
            deactivate(call, external_id)
        }
        Phase::Delete { .. } => {
            succeeded(response)?;
            Ok(done(external_id, false))
        }
        Phase::Deactivate if status == StatusCode::NOT_FOUND => Ok(done(external_id, true)),
        Phase::Deactivate => {
            if !status.is_success() {
                return Err(refusal(response));
            }
            delete(call, external_id, true)
        }
    }
}

fn delete(call: Call<'_>, external_id: &str, second: bool) -> Result<Step, PlatformError> {
    let id = listing_number(external_id)?;
    let phase = Phase::Delete { second };
    Ok(call.delete(&format!("/listings/{id}"), &phase)?.step())
}

fn deactivate(call: Call<'_>, external_id: &str) -> Result<Step, PlatformError> {
    let id = listing_number(external_id)?;
    let path = call.shop(&format!("/listings/{id}"))?;
    let fields = [("state".to_owned(), "inactive".to_owned())];
    Ok(call
        .form(Method::PATCH, &path, &fields, &Phase::Deactivate)?
        .step())
}

fn done(external_id: &str, was_gone: bool) -> Step {
    Step::done(Outcome {
        result: json!({"external_id": external_id, "was_gone": was_gone}),
        ..Outcome::default()
    })
}
