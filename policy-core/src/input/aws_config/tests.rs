//! The same resources in every wrapping, and what must never look like nothing being there.

mod partial;
mod properties;
mod wrappings;

use serde_json::{Value as Json, json};

use super::*;
use crate::document::json as json_text;
use crate::value::Value;

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../fixtures/inputs/aws-config/", $path))
    };
}

const SNAPSHOT: &str = fixture!("snapshot/snapshot.json");
const HISTORY: &str = fixture!("history/history.json");
const API: &str = fixture!("api/get-resource-config-history.json");
const BATCH: &str = fixture!("api/batch-get-resource-config.json");
const EVENT: &str = fixture!("event/rule-event.json");
const OVERSIZED: &str = fixture!("event/oversized.json");
const SCHEDULED: &str = fixture!("event/scheduled.json");
const QUERY: &str = fixture!("query/select-resource-config.json");
const FLATTENED: &str = fixture!("query/flattened.json");
const CLOUD_CONTROL: &str = fixture!("cloud-control/get-resource.json");

const BUCKET: &str = "arn:aws:s3:::ledger-raw";
const DATABASE: &str = "arn:aws:rds:eu-west-1:111122223333:db:ledger";
const GROUP: &str = "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718";

fn load(text: &str) -> LoadedInput {
    let source = Source::new("items.json", text);
    let root = json_text::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(recognise_config(&root), "not recognised: {text}");
    read(source, &root, &InputContext::default())
}

fn load_json(json: &Json) -> LoadedInput {
    load(&json.to_string())
}

fn find<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let found = input.resources.iter().find(|resource| resource.id.as_str() == id);
    found.unwrap_or_else(|| panic!("{id} is not in {:?}", ids(input)))
}

fn ids(input: &LoadedInput) -> Vec<&str> {
    input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect()
}

fn codes(input: &LoadedInput) -> Vec<String> {
    let shown = input.diagnostics.iter().map(|diagnostic| {
        assert!(diagnostic.location().is_some(), "without a place: {diagnostic:?}");
        format!("{} {}", diagnostic.code.id, diagnostic.message)
    });
    shown.collect()
}

/// The value at a path as text: JSON, `?reason`, or `absent`.
fn at(resource: &NativeResource, path: &str) -> String {
    match resource.values.at(&AttributePath::parse(path).unwrap()) {
        None => "absent".to_owned(),
        Some(Value::Unknown(unknown)) => format!("?{}", unknown.reason.as_str()),
        Some(value) => value.to_json().to_string(),
    }
}

fn item(extra: Json) -> Json {
    let mut item = json!({
        "configurationItemStatus": "OK", "awsAccountId": "111122223333", "awsRegion": "eu-west-1",
        "resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "configuration": {"encrypted": true},
        "supplementaryConfiguration": {}, "tags": {}, "relationships": [],
    });
    item.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    item
}

fn snapshot(items: &[Json]) -> Json {
    json!({"fileVersion": "1.0", "configurationItems": items})
}
