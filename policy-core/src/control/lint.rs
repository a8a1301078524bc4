//! What is not wrong about a control and still not good.

use crate::control::{Catalog, Control, codes};
use crate::diagnostic::{Code, Diagnostic};
use crate::resource::TypeMap;

/// Lints every control of the catalog, in id order.
pub fn lint(catalog: &Catalog) -> Vec<Diagnostic> {
    catalog.controls.values().flat_map(lint_control).collect()
}

fn lint_control(control: &Control) -> Vec<Diagnostic> {
    let scope = &control.scope;
    let remediation = &control.remediation;
    let id = &control.id;
    let by_type = &*remediation.mode == "manual-or-automated-by-resource-type";
    let table: [(bool, &'static Code, String); 7] = [
        (control.evidence_sources.is_empty(), &codes::CTL010, format!("control `{id}` names no evidence source")),
        (control.owner.is_none(), &codes::CTL011, format!("control `{id}` has no owner")),
        (control.review_cadence.is_none(), &codes::CTL012, format!("control `{id}` has no review cadence")),
        (
            by_type && remediation.by_resource_type.is_empty(),
            &codes::CTL015,
            format!("control `{id}` does not say which types are remediated how"),
        ),
        (remediation.hint.is_none(), &codes::CTL016, format!("control `{id}` has no remediation hint")),
        (scope.resource_types.is_empty(), &codes::CTL020, format!("control `{id}` names no resource types")),
        (
            scope.environments.is_none() && !scope.explicit_all_environments,
            &codes::CTL021,
            format!("control `{id}` names no environments"),
        ),
    ];
    table
        .into_iter()
        .filter(|(raised, _, _)| *raised)
        .map(|(_, code, message)| Diagnostic::new(code, message).at(&control.span))
        .collect()
}

/// Selectors that no input can yield: such a control would never be evaluated and look like a pass. Terraform and CloudFormation types outside of the typemap are fine: their
/// resources keep their native type.
pub(super) fn unknown_types(control: &Control, typemap: &TypeMap) -> Vec<Diagnostic> {
    let selectors = &control.scope.resource_types;
    selectors
        .iter()
        .filter_map(|selector| typemap.kinds_of(selector).err())
        .map(|unknown| {
            let message = format!("control `{}` applies to `{}`, which no input yields", control.id, unknown.selector);
            let help = match unknown.suggestion {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write a family such as `rds`, a kind, or a Terraform or CloudFormation type".into(),
            };
            Diagnostic::new(&codes::CTL023, message).at(&control.span).help(help)
        })
        .collect()
}
