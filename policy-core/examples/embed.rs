//! Embedding: one control, one template, one verdict. `cargo run -p policy-core --example embed`

#![expect(clippy::print_stdout, reason = "it shows its result")]

use policy_core::control;
use policy_core::date::{AsOf, Instant};
use policy_core::evaluation::{Evaluator, InputInventory};
use policy_core::gate::{GateOptions, decide};
use policy_core::input::{InputContext, load};
use policy_core::resource::{ContextOptions, TypeMap, build};
use policy_core::source::Source;

const CONTROL: &str = "{id: DP-ENC-003, title: Encrypted, intent: Protect data, severity: high}";
const RULE: &str = "package controls.dp_enc_003
deny contains {\"path\": \"storage_encrypted\"} if not input.resource.storage_encrypted";
const TEMPLATE: &str =
    "Resources: {Ledger: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}}";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let control = Source::new("DP-ENC-003.yaml", CONTROL);
    let (catalog, mut diagnostics) = control::load(&[control, Source::new("rule.rego", RULE)]);
    let as_of = AsOf::at(Instant::parse("2026-11-20T12:00:00Z")?);
    let (evaluator, found) = Evaluator::builder(catalog, as_of).build();
    diagnostics.extend(found);

    let input = load("template.yaml", TEMPLATE.into(), &InputContext::default());
    diagnostics.extend(input.diagnostics);
    let options = ContextOptions::default();
    let (inventory, found) = build(input.resources, TypeMap::builtin(), &options);
    diagnostics.extend(found);

    let assessment = evaluator.evaluate(&[InputInventory::new("template.yaml", inventory)]);
    for finding in &assessment.findings {
        println!("{} {:?}: {}", finding.control, finding.locations, finding.message);
    }
    let decision = decide(&assessment, &diagnostics, &GateOptions::default());
    println!("{} (exit code {})", decision.verdict.as_str(), decision.exit_code);
    Ok(())
}
