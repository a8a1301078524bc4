//! Embedding: one control, one template, one verdict. `cargo run -p policy-core --example embed`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use policy_core::control;
use policy_core::date::{AsOf, Instant};
use policy_core::evaluation::{Evaluator, InputInventory};
use policy_core::gate::{GateOptions, decide};
use policy_core::input::{InputContext, load};
use policy_core::resource::{ContextOptions, TypeMap, build};
use policy_core::source::Source;

const CONTROL: &str = "id: DP-ENC-003\ntitle: Databases are encrypted\nintent: Protect data at rest\nseverity: high\nscope: {resourceTypes: [rds]}\n";
const RULE: &str = "package controls.dp_enc_003\ndeny contains {\"path\": \"storage_encrypted\", \"expected\": \"true\"} if not input.resource.storage_encrypted\n";
const TEMPLATE: &str =
    "Resources:\n  Ledger:\n    Type: AWS::RDS::DBInstance\n    Properties: {StorageEncrypted: false}\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sources = [
        Source::new("DP-ENC-003.yaml", CONTROL),
        Source::new("dp_enc_003.rego", RULE),
    ];
    let (catalog, mut diagnostics) = control::load(&sources);
    let as_of = AsOf::at(Instant::parse("2026-11-20T12:00:00Z")?);
    let (evaluator, rule_diagnostics) = Evaluator::builder(catalog, as_of).build();
    diagnostics.extend(rule_diagnostics);

    let input = load("template.yaml", TEMPLATE.into(), &InputContext::default());
    diagnostics.extend(input.diagnostics);
    let (inventory, model_diagnostics) =
        build(input.resources, TypeMap::builtin(), &ContextOptions::default());
    diagnostics.extend(model_diagnostics);

    let assessment = evaluator.evaluate(&[InputInventory::new("template.yaml", inventory)]);
    for finding in &assessment.findings {
        println!("{} {:?}: {}", finding.control, finding.locations, finding.message);
    }
    let decision = decide(&assessment, &diagnostics, &GateOptions::default());
    println!("{} (exit code {})", decision.verdict.as_str(), decision.exit_code);
    Ok(())
}
