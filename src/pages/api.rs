//! The API for programmers: its OpenAPI document as a page, examples, and every problem type.
//!
//! Everything about paths and data is read from the document, so that the two cannot disagree. Its
//! descriptions are English; headings and problem types are in the reader's language.

use maud::{Markup, html};
use serde_json::Value;

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Head, Reader};

/// The id of the response in the example.
const EXAMPLE_ID: &str = "0190a000-0000-7000-8000-000000000001";

/// What the page is made of.
pub struct Api<'a> {
    /// URL of the site, without a slash at the end.
    pub public_url: &'a str,
    /// A survey for the examples.
    pub survey: &'a str,
    /// The OpenAPI document.
    pub document: &'a Value,
    /// Names of all problem types.
    pub problems: &'a [&'a str],
}

/// The page.
pub fn page(reader: Reader, api: &Api<'_>) -> Markup {
    let language = reader.language;
    let title = text(language, "api.title");
    let description = text(language, "api.description");
    let head = Head {
        title: &title,
        description: &description,
        path: "/api",
    };
    let whole = without_references(api.document, api.document);
    let document = Document {
        language,
        document: &whole,
    };
    layout::page(
        reader,
        &head,
        html! {
            h1 { (title) }
            p.lead { (description) " " a href="/openapi.json" { "/openapi.json" } }
            p lang="en" { (string(at(api.document, "/info/description"))) }
            (examples(language, api))
            (document.paths())
            (document.schemas())
            (problems(language, api.problems))
        },
    )
}

/// `value` with references to shared parameters and answers replaced by what they refer to; schemas
/// stay references, since the page links to them.
fn without_references(value: &Value, document: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let shared = fields
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| {
                    let place = reference.strip_prefix('#')?;
                    let is_schema = place.starts_with("/components/schemas/");
                    document.pointer(place).filter(|_| !is_schema)
                });
            if let Some(shared) = shared {
                return without_references(shared, document);
            }
            let fields = fields.iter();
            let fields = fields.map(|(key, own)| (key.clone(), without_references(own, document)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items
            .iter()
            .map(|item| without_references(item, document))
            .collect(),
        other => other.clone(),
    }
}

/// Commands that work as they are. The last one stores nothing: its answers are missing.
fn examples(language: Language, api: &Api<'_>) -> Markup {
    let (url, survey) = (api.public_url, api.survey);
    let body = format!(
        r#"{{"id": "{EXAMPLE_ID}", "survey": "{survey}", "mode": "online", "answers": {{}}}}"#
    );
    let examples = [
        ("surveys", format!("curl {url}/api/v1/surveys")),
        ("survey", format!("curl {url}/api/v1/surveys/{survey}")),
        (
            "response",
            format!(
                "curl -X POST {url}/api/v1/responses \
                 -H 'Content-Type: application/json' -d '{body}'"
            ),
        ),
    ];
    html! {
        section {
            h2 { (text(language, "api.examples")) }
            @for (key, command) in &examples {
                p { (text(language, &format!("api.example_{key}"))) }
                pre { code { (command) } }
            }
        }
    }
}

/// Every problem type with what it means and what to do.
fn problems(language: Language, problems: &[&str]) -> Markup {
    html! {
        section {
            h2 { (text(language, "api.problems")) }
            p { (with_code(&text(language, "api.problems_note"))) }
            @for name in problems {
                @let key = name.replace('-', "_");
                h3 id={ "problem-" (name) } { code { (name) } }
                p {
                    (with_code(&text(language, &format!("api.problem_{key}")))) " "
                    (with_code(&text(language, &format!("api.cure_{key}"))))
                }
            }
        }
    }
}

/// `text` whose parts between backquotes are code.
fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The OpenAPI document and the language of the headings around its parts.
struct Document<'a> {
    language: Language,
    document: &'a Value,
}

impl Document<'_> {
    fn text(&self, key: &str) -> String {
        text(self.language, &format!("api.{key}"))
    }

    fn paths(&self) -> Markup {
        html! {
            section {
                h2 { (self.text("paths")) }
                @for (path, item) in entries(&self.document["paths"]) {
                    @let operations = entries(item).filter(|(name, _)| *name != "parameters");
                    @for (method, operation) in operations {
                        (self.operation(path, method, item, operation))
                    }
                }
            }
        }
    }

    /// One method of one path: what it does, what it takes, what it answers.
    fn operation(&self, path: &str, method: &str, item: &Value, operation: &Value) -> Markup {
        let of_path = list(&item["parameters"]);
        let parameters: Vec<&Value> = of_path.chain(list(&operation["parameters"])).collect();
        let body = at(operation, "/requestBody/content");
        html! {
            h3 { code { (method.to_uppercase()) " " (path) } }
            p lang="en" { (string(&operation["summary"])) }
            dl.method {
                @if !parameters.is_empty() {
                    div {
                        dt { (self.text("parameters")) }
                        dd { ul { @for parameter in parameters { (self.parameter(parameter)) } } }
                    }
                }
                @if body.is_object() {
                    div { dt { (self.text("body")) } dd { (self.content(body)) } }
                }
                div {
                    dt { (self.text("answers")) }
                    dd {
                        ul { @for (status, answer) in entries(&operation["responses"]) {
                            li { strong { (status) } " " (self.answer(answer)) }
                        } }
                    }
                }
            }
        }
    }

    fn parameter(&self, parameter: &Value) -> Markup {
        html! {
            li {
                code { (string(&parameter["name"])) } " (" (string(&parameter["in"])) "): "
                (self.schema(&parameter["schema"]))
                @if parameter["required"] == true { ", " (self.text("required")) }
                (description(parameter))
            }
        }
    }

    /// What one status means, with links to the problem types that it can carry.
    fn answer(&self, answer: &Value) -> Markup {
        html! {
            span lang="en" { (string(&answer["description"])) }
            @if answer["content"].is_object() { ": " (self.content(&answer["content"])) }
            @for (index, name) in list(&answer["x-problem-types"]).map(string).enumerate() {
                (if index == 0 { " → " } else { ", " })
                a href={ "#problem-" (name) } { (name) }
            }
        }
    }

    /// Media types, each with the schema of its content.
    fn content(&self, content: &Value) -> Markup {
        html! {
            @for (index, (media_type, body)) in entries(content).enumerate() {
                @if index > 0 { ", " }
                code { (media_type) }
                @if body["schema"].is_object() {
                    " " (self.schema(&body["schema"])) (description(&body["schema"]))
                }
            }
        }
    }

    fn schemas(&self) -> Markup {
        html! {
            section {
                h2 { (self.text("schemas")) }
                @for (name, schema) in entries(at(self.document, "/components/schemas")) {
                    h3 id={ "schema-" (name) } { (name) }
                    (self.properties(schema))
                }
            }
        }
    }

    /// The fields of an object, with the fields of the objects in them.
    fn properties(&self, schema: &Value) -> Markup {
        let required: Vec<&str> = list(&schema["required"]).map(string).collect();
        html! {
            ul {
                @for (name, property) in entries(&schema["properties"]) {
                    li {
                        code { (name) } ": " (self.schema(property))
                        @if required.contains(&name) { ", " (self.text("required")) }
                        (description(property))
                        @for object in [property, &property["items"]] {
                            @if object["properties"].is_object() { (self.properties(object)) }
                        }
                    }
                }
            }
        }
    }

    /// A schema in a few words, such as `string (uuid)` or `array of Response`.
    fn schema(&self, schema: &Value) -> Markup {
        if let Some(name) = schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next())
        {
            return html! { a href={ "#schema-" (name) } { (name) } };
        }
        let options: Vec<&str> = list(&schema["enum"]).map(string).collect();
        let types: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            several => list(several).map(string).collect(),
        };
        let most = [
            ("maxLength", "at_most_length"),
            ("maxItems", "at_most_items"),
        ];
        let most = most
            .iter()
            .find_map(|(name, key)| Some((schema[*name].as_u64()?, *key)));
        html! {
            @for (index, option) in list(&schema["oneOf"]).enumerate() {
                @if index > 0 { " " (self.text("or")) " " }
                (self.schema(option))
            }
            @if !options.is_empty() { code { (options.join(" | ")) } }
            (types.join(" | "))
            @if schema["items"].is_object() && types == ["array"] {
                " " (self.text("of")) " " (self.schema(&schema["items"]))
            }
            @if let Some(format) = schema["format"].as_str() { " (" (format) ")" }
            @if let Some((most, key)) = most {
                @let most = most.to_string();
                ", " (text_with(self.language, &format!("api.{key}"), &[("most", &most)]))
            }
        }
    }
}

/// The description of a parameter or schema, after what it is; nothing without one.
fn description(value: &Value) -> Markup {
    html! {
        @if let Some(description) = value["description"].as_str() {
            " – " span lang="en" { (with_code(description)) }
        }
    }
}

/// The value at a JSON pointer; null if there is none.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The members of an object, in the document's order; none of anything else.
fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, member)| (name.as_str(), member))
}

/// The elements of an array; none of anything else.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A string; empty for anything else.
fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
