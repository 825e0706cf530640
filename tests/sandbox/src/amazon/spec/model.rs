//! One of Amazon's models: Swagger 2.0.

use serde_json::{Map, Value, json};

/// A model.
#[derive(Debug)]
pub struct Model(Value);

/// One of its operations.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'m> {
    model: &'m Value,
    template: &'m str,
    operation: &'m Value,
}

impl Model {
    pub const fn new(model: Value) -> Self {
        Self(model)
    }

    fn all(&self) -> impl Iterator<Item = (&str, &str, Operation<'_>)> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        paths.flat_map(move |(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods
                .filter(|(_, operation)| operation["responses"].is_object())
                .map(move |(method, operation)| {
                    let operation = Operation {
                        model: &self.0,
                        template: path,
                        operation,
                    };
                    (path.as_str(), method.as_str(), operation)
                })
        })
    }

    /// The operation that a method and a path are.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let found = self
            .all()
            .find(|(template, of, _)| of.eq_ignore_ascii_case(method) && fits(template, path));
        found.map(|(_, _, operation)| operation)
    }

    /// The operation of this name.
    pub fn by_id(&self, id: &str) -> Option<Operation<'_>> {
        let found = self.all().find(|(_, _, operation)| operation.id() == id);
        found.map(|(_, _, operation)| operation)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted
            .iter()
            .zip(&given)
            .all(|(wanted, given)| wanted == given || wanted.starts_with('{') && !given.is_empty())
}

impl<'m> Operation<'m> {
    pub fn id(&self) -> &'m str {
        self.operation["operationId"].as_str().unwrap_or_default()
    }

    /// Its path, with names in braces.
    pub const fn template(&self) -> &'m str {
        self.template
    }

    /// Its parameters, references followed.
    pub fn parameters(&self) -> Vec<&'m Value> {
        let listed = self.operation["parameters"].as_array();
        let model = self.model;
        listed
            .into_iter()
            .flatten()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(reference) => model
                    .pointer(reference.trim_start_matches('#'))
                    .unwrap_or(parameter),
                None => parameter,
            })
            .collect()
    }

    /// The schema of the request's body.
    pub fn body(&self) -> Option<&'m Value> {
        let mut parameters = self.parameters().into_iter();
        parameters.find(|it| it["in"] == "body")?.get("schema")
    }

    pub fn response(&self, status: &str) -> Option<&'m Value> {
        self.operation["responses"].get(status)
    }

    /// `schema` with everything that it may refer to.
    pub fn whole(&self, schema: &Value) -> Value {
        let mut whole: Map<String, Value> = Map::new();
        whole.insert("allOf".to_owned(), json!([schema]));
        whole.insert("definitions".to_owned(), self.model["definitions"].clone());
        Value::Object(whole)
    }

    /// The cases of Amazon's static sandbox: status, and `request` with `response`.
    pub fn cases(&self) -> Vec<(String, &'m Value)> {
        let responses = self.operation["responses"].as_object();
        responses
            .into_iter()
            .flatten()
            .flat_map(|(status, response)| {
                let cases = response["x-amzn-api-sandbox"]["static"].as_array();
                let cases = cases.into_iter().flatten();
                cases.map(move |case| (status.clone(), case))
            })
            .collect()
    }
}
