//! What a request may cost at most: an object is one point, a scalar nothing, a connection its page
//! size times a row, a mutation ten.

use super::Request;
use apollo_compiler::ast::Selection;
use serde_json::Value;

/// A mutation's own cost.
pub const MUTATION: u32 = 10;

/// The requested cost of `request`, in points.
pub fn estimate(request: &Request) -> u32 {
    let base = if request.is_mutation() { MUTATION } else { 0 };
    selection(request, &request.operation.selection_set).saturating_add(base)
}

fn selection(request: &Request, selected: &[Selection]) -> u32 {
    let costs = selected.iter().map(|it| match it {
        Selection::Field(field) if field.selection_set.is_empty() => 0,
        Selection::Field(field) => {
            let arguments = request.arguments(&field.arguments);
            let rows = arguments.get("first").and_then(Value::as_u64).unwrap_or(1);
            let inner = selection(request, &field.selection_set);
            let own = u32::from(!matches!(field.name.as_str(), "nodes" | "pageInfo"));
            let rows = u32::try_from(rows).unwrap_or(u32::MAX);
            // Of a connection the rows count, not the wrapper.
            if arguments.contains_key("first") {
                rows.saturating_mul(inner.saturating_add(own))
            } else {
                own.saturating_add(inner)
            }
        }
        Selection::InlineFragment(fragment) => selection(request, &fragment.selection_set),
        Selection::FragmentSpread(spread) => request
            .fragment(spread.fragment_name.as_str())
            .map_or(0, |fragment| selection(request, &fragment.selection_set)),
    });
    costs.fold(0, u32::saturating_add)
}
