//! Controls: governed requirements, their scope, their exception terms, and the catalog that holds them.

pub mod codes;
mod coverage;
mod lint;
mod load;
mod mapping;
mod model;
mod pack;
mod record;
mod workload;

pub use coverage::{Answer, CoveredRequirement, CoveringControl, Evaluated, coverage};
pub use lint::{lint, lint_cases};
pub use load::{closest, load, load_with};
pub use mapping::{Mapping, Requirement, lint_mappings, load_mappings};
pub use model::{
    Automation, Catalog, Control, ControlId, DecidedOn, Environment, Evaluate, ExceptionTerms, Guardrail,
    Remediation, RuleReference, Scope, Severity, UnknownSeverity,
};
pub use pack::{Pack, PackParameter, Selector, closest_pack, lint_packs, load_packs, narrow};
pub use workload::{Workload, WorkloadControl, lint_workloads, load_workloads};

/// JSON Schema of a control file, for editors. The loader checks more than a schema can say.
pub const SCHEMA: &str = include_str!("../../schemas/control-v1.schema.json");
/// JSON Schema of a mapping file.
pub const MAPPING_SCHEMA: &str = include_str!("../../schemas/mapping-v1.schema.json");
/// JSON Schema of a pack.
pub const PACK_SCHEMA: &str = include_str!("../../schemas/pack-v1.schema.json");
/// JSON Schema of a workload evidence map.
pub const WORKLOAD_SCHEMA: &str = include_str!("../../schemas/workload-v1.schema.json");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Shape;

    /// A schema lists exactly the fields that the loader knows.
    #[test]
    fn schemas_have_the_fields_of_the_loader() {
        let check = |schema: &str, path: &str, shape: &Shape| {
            let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
            let object = schema
                .pointer(path)
                .and_then(|node| node.get("properties"))
                .and_then(|node| node.as_object());
            let mut listed: Vec<&str> = object.expect(path).keys().map(String::as_str).collect();
            let mut known = shape.fields.to_vec();
            listed.sort_unstable();
            known.sort_unstable();
            assert_eq!(listed, known, "{} {path}", shape.what);
        };
        check(SCHEMA, "", &record::CONTROL);
        check(SCHEMA, "/properties/scope", &record::SCOPE);
        check(SCHEMA, "/properties/exception", &record::EXCEPTION);
        check(SCHEMA, "/properties/remediation", &record::REMEDIATION);
        check(SCHEMA, "/properties/responsibility", &record::RESPONSIBILITY);
        check(MAPPING_SCHEMA, "", &mapping::MAPPING);
        check(
            MAPPING_SCHEMA,
            "/properties/requirements/items",
            &mapping::REQUIREMENT,
        );
        check(PACK_SCHEMA, "", &pack::PACK);
        check(PACK_SCHEMA, "/properties/select", &pack::SELECT);
        check(WORKLOAD_SCHEMA, "", &workload::WORKLOAD);
        check(WORKLOAD_SCHEMA, "/properties/controls/items", &workload::ROW);
    }
}
