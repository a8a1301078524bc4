//! Files and paths. Files are read through [`FunctionContext::files`], which keeps to the tree of sources.

use globset::GlobBuilder;

use super::FunctionContext;
use super::encoding::to_base64;
use super::error::Failure;
use super::hash_crypto::{md5_hex, sha1_hex, sha256_base64, sha256_hex, sha512_base64, sha512_hex};
use super::signature::{Call, Function, any, returns, string};
use crate::input::terraform::source::cty::{Type, Val};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("abspath", &[string("path")], returns::string, absolute),
    Function::new("basename", &[string("path")], returns::string, |call| {
        Ok(Val::string(base(call.text(0))))
    }),
    Function::new("dirname", &[string("path")], returns::string, |call| {
        Ok(Val::string(&directory(call.text(0))))
    }),
    Function::new("file", &[string("path").marks()], returns::string, |call| {
        of_file(&call, |bytes| {
            String::from_utf8(bytes).map_err(|_| Failure::other("the file is not UTF-8 text"))
        })
    }),
    Function::new("filebase64", &[string("path").marks()], returns::string, |call| {
        of_file(&call, |bytes| Ok(to_base64(&bytes)))
    }),
    Function::new("filebase64sha256", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(sha256_base64(&bytes)))
    }),
    Function::new("filebase64sha512", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(sha512_base64(&bytes)))
    }),
    Function::new("fileexists", &[string("path").marks()], returns::bool, exists),
    Function::new("filemd5", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(md5_hex(&bytes)))
    }),
    Function::new(
        "fileset",
        &[string("path").marks(), string("pattern").marks()],
        |_| Ok(Type::set(Type::String)),
        file_set,
    ),
    Function::new("filesha1", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(sha1_hex(&bytes)))
    }),
    Function::new("filesha256", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(sha256_hex(&bytes)))
    }),
    Function::new("filesha512", &[string("path")], returns::string, |call| {
        of_file(&call, |bytes| Ok(sha512_hex(&bytes)))
    }),
    Function::new(
        "pathexpand",
        &[string("path")],
        returns::string,
        |call| match call.text(0) {
            // The home directory is that of whoever runs Terraform.
            home if home == "~" || home.starts_with("~/") => Ok(call.unknown()),
            user if user.starts_with('~') => Err(Failure::argument(
                0,
                "the home of another user cannot be expanded",
            )),
            path => Ok(Val::string(path)),
        },
    ),
    Function::new(
        "templatefile",
        &[string("path").marks(), any("vars")],
        returns::any,
        template_file,
    )
    .may_be_null(),
    Function::new(
        "templatestring",
        &[string("template"), any("vars")],
        returns::string,
        template_string,
    )
    .may_be_null(),
];

/// The shortest form of a path: no empty, `.` or needless `..` steps.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => match steps.last() {
                Some(last) if *last != ".." => {
                    steps.pop();
                }
                _ if rooted => {}
                _ => steps.push(step),
            },
            _ => steps.push(step),
        }
    }
    match (rooted, steps.join("/")) {
        (true, steps) => format!("/{steps}"),
        (false, steps) if steps.is_empty() => ".".to_owned(),
        (false, steps) => steps,
    }
}

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

fn directory(path: &str) -> String {
    clean(
        path.rfind('/')
            .and_then(|slash| path.get(..=slash))
            .unwrap_or_default(),
    )
}

fn absolute(call: Call<'_>) -> Result<Val, Failure> {
    let path = call.text(0);
    if path.starts_with('/') {
        return Ok(Val::string(&clean(path)));
    }
    // The working directory is that of whoever runs Terraform, unless the caller says which.
    match call.context.working_directory {
        Some(directory) => Ok(Val::string(&clean(&format!("{directory}/{path}")))),
        None => Ok(call.unknown()),
    }
}

/// A path in the tree of sources; `None` when it leads out of it.
fn in_tree(context: &FunctionContext<'_>, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) {
        let root = context.working_directory.filter(|_| path.starts_with('/'))?;
        let inside = clean(path);
        let inside = inside
            .strip_prefix(clean(root).as_str())?
            .strip_prefix('/')?
            .to_owned();
        return in_tree(context, &inside);
    }
    let joined = clean(format!("{}/{path}", context.directory).trim_start_matches('/'));
    match joined.as_str() {
        "." => Some(String::new()),
        outside if outside == ".." || outside.starts_with("../") => None,
        _ => Some(joined),
    }
}

enum Found {
    Bytes(Vec<u8>),
    Directory,
    Nothing,
    /// Outside of the tree: it may or may not exist.
    OutOfReach,
}

fn look(call: &Call<'_>, path: &str) -> Found {
    let Some(path) = in_tree(call.context, path) else {
        return Found::OutOfReach;
    };
    match call.context.files.read(&path) {
        Some(bytes) => Found::Bytes(bytes),
        None if path.is_empty() || !call.context.files.list(&path).is_empty() => Found::Directory,
        None => Found::Nothing,
    }
}

fn sensitive(call: &Call<'_>) -> bool {
    call.args.iter().any(|argument| argument.sensitive)
}

fn shown(call: &Call<'_>) -> String {
    if sensitive(call) {
        "(sensitive)".to_owned()
    } else {
        call.text(0).to_owned()
    }
}

fn read(call: &Call<'_>) -> Result<Option<Vec<u8>>, Failure> {
    match look(call, call.text(0)) {
        Found::Bytes(bytes) => Ok(Some(bytes)),
        Found::OutOfReach => Ok(None),
        Found::Directory => Err(Failure::argument(0, format!("`{}` is a directory", shown(call)))),
        Found::Nothing => Err(Failure::argument(
            0,
            format!("there is no file `{}`", shown(call)),
        )),
    }
}

fn of_file(call: &Call<'_>, result: fn(Vec<u8>) -> Result<String, Failure>) -> Result<Val, Failure> {
    let value = match read(call)? {
        Some(bytes) => Val::string(&result(bytes)?),
        None => call.unknown(),
    };
    Ok(value.marked(sensitive(call)))
}

fn exists(call: Call<'_>) -> Result<Val, Failure> {
    let value = match look(&call, call.text(0)) {
        Found::Bytes(_) => Val::bool(true),
        Found::Nothing => Val::bool(false),
        Found::Directory => return Err(Failure::argument(0, format!("`{}` is a directory", shown(&call)))),
        Found::OutOfReach => call.unknown(),
    };
    Ok(value.marked(sensitive(&call)))
}

/// How many files one `fileset` looks at.
const MAX_FILES: usize = 100_000;

fn file_set(call: Call<'_>) -> Result<Val, Failure> {
    let marks = sensitive(&call);
    // The pattern may lead elsewhere with `..`; only what has no wildcard can be a directory.
    let joined = clean(&format!(
        "{}/{}",
        if call.text(0).is_empty() {
            "."
        } else {
            call.text(0)
        },
        call.text(1)
    ));
    let literal = |step: &&str| !step.contains(['*', '?', '[', '{', '\\']);
    let mut steps: Vec<&str> = joined.split('/').collect();
    let literal_steps = steps
        .iter()
        .take_while(|step| literal(step))
        .count()
        .min(steps.len().saturating_sub(1));
    let pattern_steps = steps.split_off(literal_steps);
    let start = steps.join("/");
    let start = if joined.starts_with('/') && start.is_empty() {
        "/".to_owned()
    } else {
        start
    };
    let (Some(start), Some(path)) = (in_tree(call.context, &start), in_tree(call.context, call.text(0)))
    else {
        return Ok(call.unknown().marked(marks));
    };
    let pattern = pattern_steps.join("/");
    let glob = GlobBuilder::new(&pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|_| Failure::argument(1, format!("`{pattern}` is not a valid pattern")))?
        .compile_matcher();
    let mut found = Vec::new();
    let mut pending = vec![String::new()];
    let mut seen = 0;
    while let Some(directory) = pending.pop() {
        for name in call.context.files.list(&join(&start, &directory)) {
            seen += 1;
            if seen > MAX_FILES {
                let message = format!("there are more than {MAX_FILES} files below the directory");
                return Err(Failure::TooLarge(message));
            }
            let relative = join(&directory, name.trim_end_matches('/'));
            if name.ends_with('/') {
                pending.push(relative);
            } else if glob.is_match(&relative) {
                found.push(Val::string(&relative_to(&path, &join(&start, &relative))));
            }
        }
    }
    Ok(Val::set(Type::String, found).marked(marks))
}

fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) => name.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}

/// `path` as seen from `directory`; both are paths in the tree.
fn relative_to(directory: &str, path: &str) -> String {
    let from: Vec<&str> = directory.split('/').filter(|step| !step.is_empty()).collect();
    let to: Vec<&str> = path.split('/').collect();
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(left, right)| left == right)
        .count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to.into_iter().skip(common))
        .collect::<Vec<_>>()
        .join("/")
}

/// Variables of a template: a map or object whose keys are names.
fn check_variables(call: &Call<'_>) -> Result<(), Failure> {
    let Some(variables) = call.args.get(1).and_then(Val::as_mapping) else {
        return Err(Failure::argument(1, "must be a map or object"));
    };
    let is_name = |name: &str| {
        let mut characters = name.chars();
        characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    match variables.keys().find(|name| !is_name(name)) {
        Some(name) => Err(Failure::argument(1, format!("`{name}` is not a variable name"))),
        None => Ok(()),
    }
}

fn template_file(call: Call<'_>) -> Result<Val, Failure> {
    let marks = call.args.first().is_some_and(|path| path.sensitive);
    let bytes = match read(&call)? {
        Some(bytes) => bytes,
        None => return Ok(call.unknown().marked(marks)),
    };
    let text = String::from_utf8(bytes).map_err(|_| Failure::other("the file is not UTF-8 text"))?;
    check_variables(&call)?;
    let variables = call
        .args
        .get(1)
        .and_then(Val::as_mapping)
        .cloned()
        .unwrap_or_default();
    let name = in_tree(call.context, call.text(0)).unwrap_or_default();
    let rendered = call.context.templates.render(&name, &text, variables)?;
    Ok(rendered.marked(marks))
}

fn template_string(call: Call<'_>) -> Result<Val, Failure> {
    check_variables(&call)?;
    let variables = call
        .args
        .get(1)
        .and_then(Val::as_mapping)
        .cloned()
        .unwrap_or_default();
    let rendered = call
        .context
        .templates
        .render("templatestring", call.text(0), variables)?;
    crate::input::terraform::source::cty::convert(rendered, &Type::String).map_err(Failure::from)
}
