//! Removes a product. One that is gone already is removed: an earlier attempt's reply may have been
//! lost. The refusal's text is not trusted to say so; the shop is asked.

use super::answer::{Id, UserError, accept, data};
use super::call::Call;
use super::documents::{DELETE_PRODUCT, PRODUCT_EXISTS};
use crate::wire::recall;
use common::platform::{Outcome, PlatformError, State, Step};
use common::ports::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
enum Phase {
    Delete,
    /// Refused for this reason; is it still there?
    Check {
        reason: String,
        field: Option<String>,
    },
}

pub fn begin(call: Call<'_>, id: &str) -> Result<Step, PlatformError> {
    call.graphql(DELETE_PRODUCT, &json!({"id": id}), &Phase::Delete)
}

pub fn resume(
    call: Call<'_>,
    id: &str,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    match recall(state)? {
        Phase::Delete => match deleted(response) {
            Ok(()) => Ok(finish(id, true)),
            Err(PlatformError::Rejected { reason, field }) => {
                let phase = Phase::Check { reason, field };
                call.graphql(PRODUCT_EXISTS, &json!({"id": id}), &phase)
            }
            Err(error) => Err(error),
        },
        Phase::Check { reason, field } => {
            #[derive(Deserialize)]
            struct Answer {
                product: Option<Id>,
            }
            match data::<Answer>(response)?.product {
                None => Ok(finish(id, false)),
                Some(_) => Err(PlatformError::Rejected { reason, field }),
            }
        }
    }
}

fn deleted(response: &HttpResponse) -> Result<(), PlatformError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        product_delete: Payload,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        deleted_product_id: Option<String>,
        user_errors: Vec<UserError>,
    }
    let payload = data::<Answer>(response)?.product_delete;
    accept(&payload.user_errors)?;
    payload.deleted_product_id.map(|_| ()).ok_or_else(|| {
        PlatformError::protocol("`data.productDelete.deletedProductId` is null without errors")
    })
}

fn finish(id: &str, deleted: bool) -> Step {
    Step::done(Outcome {
        result: json!({"external_id": id, "deleted": deleted, "was_gone": !deleted}),
        external_id: Some(id.to_owned()),
        ..Outcome::default()
    })
}
