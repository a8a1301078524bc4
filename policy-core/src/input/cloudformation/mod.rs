//! CloudFormation inputs.
