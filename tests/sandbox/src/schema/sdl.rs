//! Prints the answer to an introspection query as schema definition language, without descriptions.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    query_type: Named,
    mutation_type: Option<Named>,
    types: Vec<Type>,
    directives: Vec<Directive>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    kind: String,
    name: String,
    fields: Option<Vec<Field>>,
    input_fields: Option<Vec<Input>>,
    interfaces: Option<Vec<Named>>,
    enum_values: Option<Vec<EnumValue>>,
    possible_types: Option<Vec<Named>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    args: Vec<Input>,
    #[serde(rename = "type")]
    of: Reference,
    is_deprecated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    name: String,
    #[serde(rename = "type")]
    of: Reference,
    default_value: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnumValue {
    name: String,
    is_deprecated: bool,
}

#[derive(Deserialize)]
struct Directive {
    name: String,
    args: Vec<Input>,
    locations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<Reference>>,
}

const BUILT_IN_SCALARS: [&str; 5] = ["String", "Int", "Float", "Boolean", "ID"];
const BUILT_IN_DIRECTIVES: [&str; 5] = ["include", "skip", "deprecated", "specifiedBy", "oneOf"];

/// The schema's text.
pub fn print(introspection: &Value) -> Result<String> {
    let schema = introspection.get("data").unwrap_or(introspection);
    let schema = schema
        .get("__schema")
        .context("the introspection result has no `__schema`")?;
    let root = Root::deserialize(schema).context("reading the introspection result")?;
    let mut text = String::new();
    write!(text, "schema {{ query: {}", root.query_type.name)?;
    if let Some(mutation) = &root.mutation_type {
        write!(text, " mutation: {}", mutation.name)?;
    }
    text.push_str(" }\n");
    for directive in &root.directives {
        if !BUILT_IN_DIRECTIVES.contains(&directive.name.as_str()) {
            write!(text, "directive @{}", directive.name)?;
            arguments(&mut text, &directive.args)?;
            writeln!(text, " on {}", directive.locations.join(" | "))?;
        }
    }
    for definition in &root.types {
        print_type(&mut text, definition)?;
    }
    Ok(text)
}

fn print_type(text: &mut String, it: &Type) -> Result<()> {
    let built_in = it.name.starts_with("__") || BUILT_IN_SCALARS.contains(&it.name.as_str());
    if built_in {
        return Ok(());
    }
    let keyword = match it.kind.as_str() {
        "SCALAR" => {
            writeln!(text, "scalar {}", it.name)?;
            return Ok(());
        }
        "UNION" => {
            let members = names(it.possible_types.as_deref());
            writeln!(text, "union {} = {}", it.name, members.join(" | "))?;
            return Ok(());
        }
        "OBJECT" => "type",
        "INTERFACE" => "interface",
        "INPUT_OBJECT" => "input",
        "ENUM" => "enum",
        other => anyhow::bail!("`{}` has the unknown kind {other}", it.name),
    };
    write!(text, "{keyword} {}", it.name)?;
    let interfaces = names(it.interfaces.as_deref());
    if !interfaces.is_empty() {
        write!(text, " implements {}", interfaces.join(" & "))?;
    }
    text.push_str(" {\n");
    for field in it.fields.iter().flatten() {
        write!(text, "  {}", field.name)?;
        arguments(text, &field.args)?;
        write!(text, ": {}", reference(&field.of)?)?;
        text.push_str(mark(field.is_deprecated));
    }
    for field in it.input_fields.iter().flatten() {
        write!(text, "  {}", input(field)?)?;
        text.push_str(mark(field.is_deprecated));
    }
    for value in it.enum_values.iter().flatten() {
        write!(text, "  {}", value.name)?;
        text.push_str(mark(value.is_deprecated));
    }
    text.push_str("}\n");
    Ok(())
}

const fn mark(deprecated: bool) -> &'static str {
    if deprecated { " @deprecated\n" } else { "\n" }
}

fn names(named: Option<&[Named]>) -> Vec<&str> {
    named
        .into_iter()
        .flatten()
        .map(|it| it.name.as_str())
        .collect()
}

fn arguments(text: &mut String, arguments: &[Input]) -> Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    let printed: Result<Vec<String>> = arguments
        .iter()
        .map(|argument| {
            let deprecated = if argument.is_deprecated {
                " @deprecated"
            } else {
                ""
            };
            Ok(format!("{}{deprecated}", input(argument)?))
        })
        .collect();
    write!(text, "({})", printed?.join(", "))?;
    Ok(())
}

fn input(input: &Input) -> Result<String> {
    let default = input.default_value.as_ref();
    let default = default.map_or_else(String::new, |value| format!(" = {value}"));
    Ok(format!(
        "{}: {}{default}",
        input.name,
        reference(&input.of)?
    ))
}

fn reference(it: &Reference) -> Result<String> {
    let inner = || {
        let inner = it
            .of_type
            .as_deref()
            .context("a wrapped type wraps nothing")?;
        reference(inner)
    };
    Ok(match it.kind.as_str() {
        "NON_NULL" => format!("{}!", inner()?),
        "LIST" => format!("[{}]", inner()?),
        _ => it.name.clone().context("a type reference has no name")?,
    })
}
