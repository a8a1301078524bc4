//! `--var`, `--var-file` and `--tf-var-env`: values for the variables of Terraform root modules.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Values for Terraform variables. `--var` and `--var-file` count in the order in which they stand on the command line,
/// as in Terraform: the last one wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct VariableArgs {
    pub(crate) given: Vec<Variable>,
    /// Whether `TF_VAR_…` of the environment count.
    pub(crate) environment: bool,
}

/// One of the options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// `NAME=VALUE`.
    Value(String),
    File(PathBuf),
}

impl FromArgMatches for VariableArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        if let (Some(values), Some(places)) = (matches.get_many::<String>("var"), matches.indices_of("var")) {
            given.extend(places.zip(values.map(|value| Variable::Value(value.clone()))));
        }
        if let (Some(files), Some(places)) = (
            matches.get_many::<PathBuf>("var-file"),
            matches.indices_of("var-file"),
        ) {
            given.extend(places.zip(files.map(|file| Variable::File(file.clone()))));
        }
        given.sort_by_key(|(place, _)| *place);
        Ok(Self {
            given: given.into_iter().map(|(_, variable)| variable).collect(),
            environment: matches.get_flag("tf-var-env"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for VariableArgs {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("var")
                    .long("var")
                    .value_name("NAME=VALUE")
                    .value_parser(assignment)
                    .action(ArgAction::Append)
                    .help("Value of a Terraform variable; repeat for several"),
            )
            .arg(
                Arg::new("var-file")
                    .long("var-file")
                    .value_name("FILE")
                    .value_parser(clap::value_parser!(PathBuf))
                    .action(ArgAction::Append)
                    .help("File of Terraform variable values; repeat for several. The last --var or --var-file wins"),
            )
            .arg(
                Arg::new("tf-var-env")
                    .long("tf-var-env")
                    .action(ArgAction::SetTrue)
                    .help("Take Terraform variables from TF_VAR_… of the environment, too; every other source outranks it"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn assignment(text: &str) -> Result<String, &'static str> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(text.to_owned()),
        _ => Err("it has the form NAME=VALUE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_files_keep_their_order() {
        let command = VariableArgs::augment_args(Command::new("policy"));
        let matches = command
            .try_get_matches_from([
                "policy",
                "--var",
                "a=1",
                "--var-file",
                "x.tfvars",
                "--var",
                "a=2",
                "--tf-var-env",
            ])
            .expect("parses");
        let read = VariableArgs::from_arg_matches(&matches).expect("reads");
        assert_eq!(
            read.given,
            [
                Variable::Value("a=1".into()),
                Variable::File("x.tfvars".into()),
                Variable::Value("a=2".into())
            ]
        );
        assert!(read.environment);
    }
}
