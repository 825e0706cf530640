//! Objects that can be selected from, and the selection.

use super::{Arguments, GraphqlError, Request};
use apollo_compiler::ast::Selection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Anything that a field can give.
pub enum Item {
    Null,
    Leaf(Value),
    Object(Object),
    List(Vec<Item>),
}

type Resolver = Box<dyn Fn(&Arguments) -> Result<Item, GraphqlError>>;

/// A field before its arguments are known.
pub enum Field {
    Plain(Item),
    /// Rows in order, paged by `first` and `after`.
    Connection(Vec<Object>),
    /// Depends on its arguments.
    With(Resolver),
}

/// An object of the vendor's schema, with the fields that the fake knows.
pub struct Object {
    pub name: &'static str,
    pub fields: BTreeMap<&'static str, Field>,
}

pub fn object(
    name: &'static str,
    fields: impl IntoIterator<Item = (&'static str, Field)>,
) -> Object {
    Object {
        name,
        fields: fields.into_iter().collect(),
    }
}

pub fn leaf(value: impl Into<Value>) -> Field {
    Field::Plain(Item::Leaf(value.into()))
}

pub fn nullable(object: Option<Object>) -> Field {
    Field::Plain(object.map_or(Item::Null, Item::Object))
}

pub fn list(objects: impl IntoIterator<Item = Object>) -> Field {
    Field::Plain(Item::List(objects.into_iter().map(Item::Object).collect()))
}

pub fn connection(objects: impl IntoIterator<Item = Object>) -> Field {
    Field::Connection(objects.into_iter().collect())
}

/// Takes what a document selects, and counts the objects taken.
pub struct Projection<'a> {
    pub request: &'a Request,
    pub objects: u32,
}

impl Projection<'_> {
    pub fn field(
        &mut self,
        owner: &'static str,
        name: &str,
        field: &Field,
        arguments: &Arguments,
        selection: &[Selection],
    ) -> Result<Value, GraphqlError> {
        match field {
            Field::Plain(item) => self.item(owner, name, item, selection),
            Field::With(resolve) => self.item(owner, name, &resolve(arguments)?, selection),
            Field::Connection(rows) => self.connection(rows, arguments, selection),
        }
    }

    fn item(
        &mut self,
        owner: &'static str,
        name: &str,
        item: &Item,
        selection: &[Selection],
    ) -> Result<Value, GraphqlError> {
        match item {
            Item::Null => Ok(Value::Null),
            Item::Leaf(value) if selection.is_empty() => Ok(value.clone()),
            Item::Leaf(_) => Err(GraphqlError::new(
                "selectionMismatch",
                format!("Selections can't be made on scalars (field '{name}' of '{owner}')"),
            )),
            Item::List(items) => items
                .iter()
                .map(|item| self.item(owner, name, item, selection))
                .collect(),
            Item::Object(_) if selection.is_empty() => Err(GraphqlError::new(
                "selectionMismatch",
                format!("Field must have selections (field '{name}' of '{owner}')"),
            )),
            Item::Object(object) => self.object(object, selection),
        }
    }

    fn object(&mut self, object: &Object, selection: &[Selection]) -> Result<Value, GraphqlError> {
        self.objects += 1;
        let mut taken = Map::new();
        self.select(object, selection, &mut taken)?;
        Ok(Value::Object(taken))
    }

    fn select(
        &mut self,
        object: &Object,
        selection: &[Selection],
        taken: &mut Map<String, Value>,
    ) -> Result<(), GraphqlError> {
        let request = self.request;
        for selected in selection {
            match selected {
                Selection::Field(field) if request.included(&field.directives) => {
                    let key = field.response_name().to_string();
                    let name = field.name.as_str();
                    if name == "__typename" {
                        taken.insert(key, json!(object.name));
                        continue;
                    }
                    let known = object.fields.get(name);
                    let known = known.ok_or_else(|| unknown(object.name, name))?;
                    let arguments = request.arguments(&field.arguments);
                    let inner = &field.selection_set;
                    let value = self.field(object.name, name, known, &arguments, inner)?;
                    taken.insert(key, value);
                }
                Selection::InlineFragment(fragment) if request.included(&fragment.directives) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|name| name.as_str() == object.name) {
                        self.select(object, &fragment.selection_set, taken)?;
                    }
                }
                Selection::FragmentSpread(spread) if request.included(&spread.directives) => {
                    let name = spread.fragment_name.as_str();
                    let fragment = request.fragment(name).ok_or_else(|| {
                        GraphqlError::new("undefinedFragment", format!("no fragment '{name}'"))
                    })?;
                    if fragment.type_condition.as_str() == object.name {
                        self.select(object, &fragment.selection_set, taken)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn connection(
        &mut self,
        rows: &[Object],
        arguments: &Arguments,
        selection: &[Selection],
    ) -> Result<Value, GraphqlError> {
        let first = arguments
            .get("first")
            .and_then(Value::as_u64)
            .ok_or_else(|| {
                let message = "you must provide one of first or last";
                GraphqlError::new("BAD_REQUEST", message)
            })?;
        if first > 250 {
            let message = "`first` can't be over 250";
            return Err(GraphqlError::new("BAD_REQUEST", message));
        }
        let begin = match arguments.get("after").and_then(Value::as_str) {
            Some(cursor) => position(rows, cursor)? + 1,
            None => 0,
        };
        let end = rows.len().min(begin + first as usize);
        let page = &rows[begin.min(end)..end];
        let info = json!({
            "hasNextPage": end < rows.len(),
            "hasPreviousPage": begin > 0,
            "startCursor": page.first().map(cursor),
            "endCursor": page.last().map(cursor),
        });
        let mut taken = Map::new();
        for selected in selection {
            let Selection::Field(field) = selected else {
                continue;
            };
            let inner = &field.selection_set;
            let value = match field.name.as_str() {
                "nodes" => page
                    .iter()
                    .map(|row| self.object(row, inner))
                    .collect::<Result<Value, _>>()?,
                "pageInfo" => self.page_info(&info, inner)?,
                other => return Err(unknown("Connection", other)),
            };
            taken.insert(field.response_name().to_string(), value);
        }
        Ok(Value::Object(taken))
    }

    fn page_info(&mut self, info: &Value, selection: &[Selection]) -> Result<Value, GraphqlError> {
        let fields = ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"];
        let fields = fields.map(|name| (name, leaf(info[name].clone())));
        let mut taken = Map::new();
        self.select(&object("PageInfo", fields), selection, &mut taken)?;
        Ok(Value::Object(taken))
    }
}

pub fn unknown(owner: &str, name: &str) -> GraphqlError {
    GraphqlError::new(
        "undefinedField",
        format!("Field '{name}' doesn't exist on type '{owner}'"),
    )
}

fn cursor(row: &Object) -> String {
    let id = match row.fields.get("id") {
        Some(Field::Plain(Item::Leaf(Value::String(id)))) => id.as_str(),
        _ => "",
    };
    STANDARD.encode(id)
}

fn position(rows: &[Object], wanted: &str) -> Result<usize, GraphqlError> {
    rows.iter()
        .position(|row| cursor(row) == wanted)
        .ok_or_else(|| GraphqlError::new("BAD_REQUEST", "Invalid cursor for current pagination"))
}
