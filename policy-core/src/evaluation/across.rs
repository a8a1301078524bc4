//! Facts that several inputs decide together.

use crate::evaluation::evaluator::InputInventory;
use crate::resource::{BackupSelection, TypeMap, backup_selections, close_backups};

/// Asks the selections of every input about the resources of the others: a stack of backup plans and the stacks that it
/// covers are often checked in one run. With `complete` inputs, what no input covers is not covered, unless a part of an
/// input is not seen.
///
/// Call it once, before [`evaluate`](crate::evaluation::Evaluator::evaluate); without it such resources stay unknown.
pub fn relate_inputs(inputs: &mut [InputInventory], complete: bool, typemap: &TypeMap) {
    let of_each: Vec<Vec<BackupSelection>> = inputs
        .iter()
        .map(|input| backup_selections(&input.inventory))
        .collect();
    let complete = complete && inputs.iter().all(|input| input.inventory.unseen.is_empty());
    for (index, input) in inputs.iter_mut().enumerate() {
        let others = of_each.iter().enumerate().filter(|(other, _)| *other != index);
        let mut elsewhere: Vec<BackupSelection> =
            others.flat_map(|(_, selections)| selections.clone()).collect();
        // What is said of a resource must not depend on the order of the inputs.
        elsewhere.sort_by(|left, right| left.id().cmp(right.id()));
        let sides = [Some(&mut input.inventory), input.previous.as_mut()];
        for inventory in sides.into_iter().flatten() {
            close_backups(inventory, &elsewhere, complete, typemap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, InputContext};
    use crate::resource::{Cell, ContextOptions, build};
    use crate::value::Value;

    fn template(name: &str, text: &str) -> InputInventory {
        let loaded = input::load(name, text.as_bytes().to_vec(), &InputContext::default());
        let (inventory, _) = build(loaded.resources, TypeMap::builtin(), &ContextOptions::default());
        InputInventory::new(name, inventory)
    }

    fn selected(input: &InputInventory, id: &str) -> Option<bool> {
        let mut all = input.inventory.resources.iter();
        let resource = all.find(|resource| resource.id.as_str() == id).unwrap();
        match &resource.facets["backup_selected"].cell {
            Cell::Known(Value::Bool(selected)) => Some(*selected),
            _ => None,
        }
    }

    const TABLES: &str = "Resources:\n  Gold: {Type: AWS::DynamoDB::Table, Properties: {Tags: [{Key: backup, Value: gold}]}}\n  Plain: {Type: AWS::DynamoDB::Table}\n";
    const BACKUPS: &str = "Resources:\n  S:\n    Type: AWS::Backup::BackupSelection\n    Properties: {BackupSelection: {ListOfTags: [{ConditionType: STRINGEQUALS, ConditionKey: backup, ConditionValue: gold}]}}\n";

    #[test]
    fn a_selection_of_another_input_covers_and_only_complete_inputs_deny() {
        for complete in [false, true] {
            let mut inputs = [template("tables.yaml", TABLES), template("backups.yaml", BACKUPS)];
            assert_eq!(selected(&inputs[0], "Gold"), None, "its own input does not tell");
            relate_inputs(&mut inputs, complete, TypeMap::builtin());
            assert_eq!(selected(&inputs[0], "Gold"), Some(true));
            assert_eq!(selected(&inputs[0], "Plain"), complete.then_some(false));
        }
    }

    #[test]
    fn an_open_selection_elsewhere_keeps_complete_inputs_open() {
        let open = BACKUPS.replace("ConditionValue: gold", "ConditionValue: !Ref Value");
        let open = format!("Parameters: {{Value: {{Type: String}}}}\n{open}");
        let mut inputs = [template("tables.yaml", TABLES), template("backups.yaml", &open)];
        relate_inputs(&mut inputs, true, TypeMap::builtin());
        assert_eq!(selected(&inputs[0], "Gold"), None);
        assert_eq!(
            selected(&inputs[0], "Plain"),
            Some(false),
            "it has no such tag at all"
        );
    }

    #[test]
    fn while_a_nested_stack_is_not_seen_nothing_is_missing_for_certain() {
        let nested = "  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \"https://s3.amazonaws.com/b/child.yaml\"}}\n";
        let text = format!("{TABLES}{nested}");
        let loaded = input::load("tables.yaml", text.into_bytes(), &InputContext::default());
        let unseen = loaded.unseen();
        assert_eq!(unseen.len(), 1, "{:?}", loaded.diagnostics);
        let (inventory, _) = build(loaded.resources, TypeMap::builtin(), &ContextOptions::default());
        let mut inputs = [InputInventory::new("tables.yaml", inventory)];
        inputs[0].inventory.unseen = unseen;
        relate_inputs(&mut inputs, true, TypeMap::builtin());
        assert_eq!(selected(&inputs[0], "Plain"), None);
    }
}
