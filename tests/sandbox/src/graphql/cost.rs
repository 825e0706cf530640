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
    selection(request, &request.operation.selection_set)
        .saturating_add(base)
        .saturating_add(inputs(request))
}

/// What the lists of a `ProductSetInput` cost, by the schema's descriptions: 0.2 points a variant, 1.9 a
/// file, 0.4 a metafield.
fn inputs(request: &Request) -> u32 {
    let roots = request.operation.selection_set.iter();
    let tenths: usize = roots
        .filter_map(|root| match root {
            Selection::Field(field) if field.name == "productSet" => Some(field),
            _ => None,
        })
        .map(|field| {
            let arguments = request.arguments(&field.arguments);
            let count = |name: &str| {
                let input = arguments.get("input").unwrap_or(&Value::Null);
                input[name].as_array().map_or(0, Vec::len)
            };
            count("variants") * 2 + count("files") * 19 + count("metafields") * 4
        })
        .sum();
    u32::try_from(tenths.div_ceil(10)).unwrap_or(u32::MAX)
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
