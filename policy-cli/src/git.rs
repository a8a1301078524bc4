//! What a repository held at an earlier commit, read with the `git` program.
//!
//! A subprocess has fewer moving parts than a library that reimplements object storage, and it is there wherever a registry
//! under version control is. Only commands that read objects are run: none of them looks at the index or the work tree,
//! runs hooks, asks the network for missing objects, or follows replacement objects, which would put other content under the
//! same commit.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use policy_core::date::Instant;
use policy_core::exception::Version;
use policy_core::source::Source;

use crate::discover::name_of;

/// Variables that point git to another repository; inside of a hook git sets them for the one it runs in.
const MISLEADING: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
];

/// Why an earlier state cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// The program is not there.
    #[error("`git` cannot be run: {0}")]
    Missing(std::io::Error),
    /// The directory is not under version control.
    #[error("`{0}` is in no git repository")]
    NoRepository(String),
    /// No commit is called that.
    #[error("`{0}` names no commit of the repository")]
    UnknownRevision(String),
    /// The history ends before its beginning.
    #[error("the history is cut off: this is a shallow clone")]
    Shallow,
    /// Anything else, in the words of git.
    #[error("git: {0}")]
    Failed(String),
}

impl GitError {
    /// What to do about it.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Missing(_) => {
                "install git and put it on the PATH, or check out the state and name its directory"
            }
            Self::NoRepository(_) => {
                "an earlier state of a registry can only be read where it is under version control"
            }
            Self::UnknownRevision(_) => {
                "name a branch, a tag or a commit that was fetched; a shallow clone has the newest commits only (`git fetch --unshallow`)"
            }
            Self::Shallow => "fetch the whole history with `git fetch --unshallow` (in CI: fetch-depth: 0)",
            Self::Failed(_) => "run the command in that directory to see more",
        }
    }
}

/// A repository.
pub(crate) struct Repository {
    /// Its top, without links.
    top: PathBuf,
}

/// A file that a commit holds.
struct Entry {
    object: String,
    path: String,
    is_file: bool,
}

impl Repository {
    /// The repository that a directory lies in. The directory itself need not exist any more.
    pub(crate) fn around(dir: &Path) -> Result<Self, GitError> {
        let (existing, _) = existing(dir);
        let output = git(&existing, &["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            let said = said(&output.stderr);
            return Err(if said.contains("not a git repository") {
                GitError::NoRepository(name_of(dir))
            } else {
                GitError::Failed(said)
            });
        }
        let top = String::from_utf8_lossy(&output.stdout);
        let top = Path::new(top.trim_end_matches('\n'));
        Ok(Self {
            top: top.canonicalize().unwrap_or_else(|_| top.to_owned()),
        })
    }

    /// The full id of the commit that a name stands for.
    pub(crate) fn commit(&self, name: &str) -> Result<String, GitError> {
        let unknown = || GitError::UnknownRevision(name.to_owned());
        if name.is_empty() || name.starts_with('-') || name.contains(char::is_control) {
            return Err(unknown());
        }
        let wanted = format!("{name}^{{commit}}");
        let output = git(
            &self.top,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted],
        )?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let is_id = id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if output.status.success() && is_id {
            Ok(id)
        } else {
            Err(unknown())
        }
    }

    /// The texts with one of these endings below a directory, as a commit holds them, in path order; and the paths below
    /// it that are links or other repositories, whose content the commit does not hold. `None` when the commit has no such
    /// directory.
    pub(crate) fn texts(
        &self,
        commit: &str,
        dir: &Path,
        endings: &[&str],
    ) -> Result<Option<Texts>, GitError> {
        let inside = self.inside(dir);
        let prefix = if inside.is_empty() {
            String::new()
        } else {
            format!("{inside}/")
        };
        let entries = self.list(commit, &inside)?;
        if !entries.iter().any(|entry| entry.path.starts_with(&prefix)) {
            return Ok(None);
        }
        let mut texts = Texts::default();
        let mut wanted = Vec::new();
        for entry in entries {
            let Some(below) = entry.path.strip_prefix(&prefix) else {
                continue;
            };
            let hidden = below.split('/').any(|part| part.starts_with('.'));
            let named = Path::new(below)
                .extension()
                .is_some_and(|ending| endings.iter().any(|known| ending == *known));
            if hidden || (entry.is_file && !named) {
                continue;
            }
            let name = name_of(&dir.join(below));
            if entry.is_file {
                wanted.push((name, entry.object));
            } else {
                texts.elsewhere.push(name);
            }
        }
        let objects: Vec<&str> = wanted.iter().map(|(_, object)| object.as_str()).collect();
        let contents = self.contents(&objects)?;
        texts.sources = wanted
            .iter()
            .zip(contents)
            .map(|((name, _), bytes)| Source::new(&**name, String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        Ok(Some(texts))
    }

    /// One file as a commit holds it.
    pub(crate) fn text(&self, commit: &str, path: &Path) -> Result<Option<Arc<Source>>, GitError> {
        let inside = self.inside(path);
        let entries = self.list(commit, &inside)?;
        let Some(entry) = entries.iter().find(|entry| entry.path == inside && entry.is_file) else {
            return Ok(None);
        };
        let bytes = self.contents(&[&entry.object])?.pop().unwrap_or_default();
        Ok(Some(Source::new(
            name_of(path),
            String::from_utf8_lossy(&bytes).into_owned(),
        )))
    }

    /// Every version that the commits up to `HEAD` have of the YAML files below a directory, oldest first.
    pub(crate) fn versions(&self, dir: &Path) -> Result<Vec<Version>, GitError> {
        let shallow = git(&self.top, &["rev-parse", "--is-shallow-repository"])?;
        if String::from_utf8_lossy(&shallow.stdout).trim() == "true" {
            return Err(GitError::Shallow);
        }
        let inside = self.inside(dir);
        let path = if inside.is_empty() { "." } else { &inside };
        // `-m` shows what a merge brought besides its parents; a record may have been slipped in there.
        let arguments = [
            "log",
            "--topo-order",
            "--reverse",
            "-m",
            "--no-renames",
            "--no-ext-diff",
            "--diff-filter=AM",
            "--raw",
            "--no-abbrev",
            "-z",
            "--format=%x01%H %ct",
            "HEAD",
            "--",
            path,
        ];
        let output = git(&self.top, &arguments)?;
        if !output.status.success() {
            return Err(GitError::Failed(said(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut commit = (String::new(), None);
        let mut object = None;
        let mut found: Vec<(String, Instant, String, String)> = Vec::new();
        for part in text.split(['\0', '\n']).filter(|part| !part.is_empty()) {
            if let Some(head) = part.strip_prefix('\u{1}') {
                let (id, seconds) = head.split_once(' ').unwrap_or((head, ""));
                commit = (id.to_owned(), seconds.parse().ok().and_then(instant));
            } else if let Some(change) = part.strip_prefix(':') {
                object = change.split(' ').nth(3).map(str::to_owned);
            } else if let Some((object, at)) = object.take().zip(commit.1)
                && matches!(
                    Path::new(part).extension().and_then(|e| e.to_str()),
                    Some("yaml" | "yml")
                )
            {
                found.push((commit.0.clone(), at, part.to_owned(), object));
            }
        }
        let objects: Vec<&str> = found.iter().map(|(.., object)| object.as_str()).collect();
        let contents = self.contents(&objects)?;
        Ok(found
            .into_iter()
            .zip(contents)
            .map(|((commit, committed, path, _), bytes)| Version {
                commit,
                committed,
                source: Source::new(path, String::from_utf8_lossy(&bytes).into_owned()),
            })
            .collect())
    }

    /// The path of something from the top of the repository, with `/`.
    fn inside(&self, path: &Path) -> String {
        let (existing, rest) = existing(path);
        let full = existing.canonicalize().unwrap_or(existing).join(rest);
        let below = full.strip_prefix(&self.top).unwrap_or(&full);
        below.to_string_lossy().replace('\\', "/")
    }

    fn list(&self, commit: &str, path: &str) -> Result<Vec<Entry>, GitError> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
        if !path.is_empty() {
            arguments.extend(["--", path]);
        }
        let output = git(&self.top, &arguments)?;
        if !output.status.success() {
            return Err(GitError::Failed(said(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let entry = |line: &str| {
            let (head, path) = line.split_once('\t')?;
            let mut words = head.split(' ');
            let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
            Some(Entry {
                object: object.to_owned(),
                path: path.to_owned(),
                is_file: mode.starts_with("100"),
            })
        };
        Ok(text.split('\0').filter_map(entry).collect())
    }

    /// The bytes of these objects, in their order, from one process.
    fn contents(&self, objects: &[&str]) -> Result<Vec<Vec<u8>>, GitError> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut child = command(&self.top, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::Missing)?;
        let asked = objects.join("\n") + "\n";
        let stdin = child.stdin.take();
        // Both pipes have an end: asking and reading go on side by side.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
            child.wait_with_output()
        })
        .map_err(GitError::Missing)?;
        let mut rest = output.stdout.as_slice();
        let mut contents = Vec::new();
        for object in objects {
            let content = next_object(&mut rest)
                .ok_or_else(|| GitError::Failed(format!("object {object} cannot be read")))?;
            contents.push(content);
        }
        Ok(contents)
    }
}

/// What a commit holds below a directory.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) sources: Vec<Arc<Source>>,
    /// Links and other repositories.
    pub(crate) elsewhere: Vec<String>,
}

/// Takes `<id> <type> <size>\n<bytes>\n` from the front.
fn next_object(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (head, after) = rest.split_at_checked(end)?;
    let size: usize = std::str::from_utf8(head).ok()?.rsplit(' ').next()?.parse().ok()?;
    let (content, after) = after.get(1..)?.split_at_checked(size)?;
    *rest = after.get(1..)?;
    Some(content.to_vec())
}

/// Seconds since 1970 as an instant.
fn instant(seconds: u64) -> Option<Instant> {
    let time = std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))?;
    Instant::try_from(time).ok()
}

/// The nearest directory that exists, and the path from there.
fn existing(path: &Path) -> (PathBuf, PathBuf) {
    let mut rest = PathBuf::new();
    let mut here = path;
    loop {
        if here.as_os_str().is_empty() {
            return (PathBuf::from("."), rest);
        }
        if here.is_dir() {
            return (here.to_owned(), rest);
        }
        let name = here.file_name().map(PathBuf::from).unwrap_or_default();
        rest = if rest.as_os_str().is_empty() {
            name
        } else {
            name.join(rest)
        };
        match here.parent() {
            Some(parent) => here = parent,
            None => return (PathBuf::from("."), rest),
        }
    }
}

fn git(dir: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    command(dir, arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(GitError::Missing)
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(dir)
        .args([
            "--no-pager",
            "--no-replace-objects",
            "--no-optional-locks",
            "--literal-pathspecs",
            "-c",
            "core.quotePath=false",
            "-c",
            "log.showSignature=false",
        ])
        .args(arguments)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    for name in MISLEADING {
        command.env_remove(name);
    }
    command
}

/// The first line that git said, without what it puts in front of it.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it failed and said nothing");
    line.trim_start_matches("fatal: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_taken_one_by_one() {
        let mut rest: &[u8] = b"aa blob 3\nx\ny\nbb blob 0\n\ncc missing\n";
        assert_eq!(next_object(&mut rest).as_deref(), Some(&b"x\ny"[..]));
        assert_eq!(next_object(&mut rest).as_deref(), Some(&b""[..]));
        assert_eq!(next_object(&mut rest), None);
    }

    #[test]
    fn a_directory_that_is_gone_is_found_from_its_parent() {
        let (dir, rest) = existing(Path::new("src/no/such"));
        assert_eq!((dir, rest), (PathBuf::from("src"), PathBuf::from("no/such")));
        let (dir, rest) = existing(Path::new("nothing"));
        assert_eq!((dir, rest), (PathBuf::from("."), PathBuf::from("nothing")));
    }
}
