//! Executes a GraphQL document: parses it, resolves arguments, gives exactly what is selected.

mod cost;
mod project;

pub use cost::{MUTATION, estimate};
pub use project::{
    Field, Item, Object, Projection, connection, leaf, list, nullable, object, unknown,
};

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Argument, Definition, DirectiveList, Document, FragmentDefinition, OperationDefinition,
    OperationType, Selection, Value as Literal,
};
use serde_json::{Map, Value, json};

/// Resolved arguments of a field or directive.
pub type Arguments = Map<String, Value>;

/// An error of the request as a whole.
#[derive(Debug)]
pub struct GraphqlError {
    pub message: String,
    pub code: &'static str,
}

impl GraphqlError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
        }
    }

    pub fn body(&self) -> Value {
        json!({"message": self.message, "extensions": {"code": self.code}})
    }
}

/// A request with its operation found.
pub struct Request {
    pub text: String,
    pub variables: Value,
    operation: Node<OperationDefinition>,
    fragments: Vec<Node<FragmentDefinition>>,
}

/// One field of the operation's root.
pub struct RootField<'a> {
    pub key: String,
    pub name: &'a str,
    pub arguments: Arguments,
    /// Resolved arguments of `@idempotent`, where it stands on the field.
    pub idempotency_key: Option<String>,
    pub selection: &'a [Selection],
}

/// The points that a GraphQL request (its body) costs at most; `None` when it is none.
pub fn requested_cost(body: &[u8]) -> Option<u32> {
    Some(estimate(&Request::parse(body).ok()?))
}

impl Request {
    /// Reads `{"query", "operationName"?, "variables"?}`.
    pub fn parse(body: &[u8]) -> Result<Self, GraphqlError> {
        let bad = |message: &str| GraphqlError::new("BAD_REQUEST", message);
        let body: Value = serde_json::from_slice(body).map_err(|_| bad("the body is not JSON"))?;
        let text = body["query"]
            .as_str()
            .ok_or_else(|| bad("`query` is missing"))?;
        let document = Document::parse(text, "request.graphql")
            .map_err(|problems| GraphqlError::new("PARSE_ERROR", problems.errors.to_string()))?;
        let wanted = body["operationName"].as_str();
        let mut fragments = Vec::new();
        let mut operations = Vec::new();
        for definition in document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => operations.push(operation),
                Definition::FragmentDefinition(fragment) => fragments.push(fragment),
                _ => return Err(bad("only operations and fragments can be sent")),
            }
        }
        let operation = operations
            .into_iter()
            .find(|it| wanted.is_none() || it.name.as_ref().map(|name| name.as_str()) == wanted)
            .ok_or_else(|| bad("the document has no such operation"))?;
        Ok(Self {
            text: text.to_owned(),
            variables: body["variables"].clone(),
            operation,
            fragments,
        })
    }

    /// The operation's name, or nothing.
    pub fn name(&self) -> &str {
        self.operation
            .name
            .as_ref()
            .map_or("", |name| name.as_str())
    }

    pub fn is_mutation(&self) -> bool {
        self.operation.operation_type == OperationType::Mutation
    }

    pub fn root_fields(&self) -> Result<Vec<RootField<'_>>, GraphqlError> {
        let mut fields = Vec::new();
        for selection in &self.operation.selection_set {
            let Selection::Field(field) = selection else {
                return Err(GraphqlError::new(
                    "BAD_REQUEST",
                    "fragments at the root are not supported here",
                ));
            };
            let idempotent = field.directives.get("idempotent");
            fields.push(RootField {
                key: field.response_name().to_string(),
                name: field.name.as_str(),
                arguments: self.arguments(&field.arguments),
                idempotency_key: idempotent.and_then(|directive| {
                    let key = self.arguments(&directive.arguments).remove("key")?;
                    key.as_str().map(str::to_owned)
                }),
                selection: &field.selection_set,
            });
        }
        Ok(fields)
    }

    fn arguments(&self, arguments: &[Node<Argument>]) -> Arguments {
        arguments
            .iter()
            .filter_map(|it| Some((it.name.to_string(), self.value(&it.value)?)))
            .collect()
    }

    /// `None` for a variable that was not given: then the argument counts as absent.
    fn value(&self, literal: &Literal) -> Option<Value> {
        Some(match literal {
            Literal::Null => Value::Null,
            Literal::Enum(name) => json!(name.as_str()),
            Literal::Variable(name) => match self.variables.get(name.as_str()) {
                Some(value) => value.clone(),
                None => self.default(name.as_str())?,
            },
            Literal::String(text) => json!(text),
            Literal::Float(number) => json!(number.try_to_f64().unwrap_or_default()),
            Literal::Int(number) => json!(number.try_to_i32().unwrap_or_default()),
            Literal::Boolean(truth) => json!(truth),
            Literal::List(items) => items.iter().filter_map(|item| self.value(item)).collect(),
            Literal::Object(fields) => Value::Object(
                fields
                    .iter()
                    .filter_map(|(name, value)| Some((name.to_string(), self.value(value)?)))
                    .collect(),
            ),
        })
    }

    fn default(&self, variable: &str) -> Option<Value> {
        let variables = &self.operation.variables;
        let definition = variables.iter().find(|it| it.name.as_str() == variable)?;
        self.value(definition.default_value.as_ref()?)
    }

    fn fragment(&self, name: &str) -> Option<&FragmentDefinition> {
        let mut fragments = self.fragments.iter();
        Some(fragments.find(|it| it.name.as_str() == name)?)
    }

    /// Whether `@include` and `@skip` let a selection stand.
    fn included(&self, directives: &DirectiveList) -> bool {
        let says = |name: &str, what: bool| {
            directives.get(name).is_none_or(|directive| {
                let arguments = self.arguments(&directive.arguments);
                arguments.get("if").and_then(Value::as_bool) == Some(what)
            })
        };
        says("include", true) && says("skip", false)
    }
}
