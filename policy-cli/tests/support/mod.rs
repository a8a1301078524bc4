//! Runs the binary in a scrubbed environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// What a run of the binary came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs `policy` with nothing of the caller's environment, in an empty directory of its own settings.
pub(crate) fn policy(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(arguments)
        .current_dir(root().join("fixtures/empty-directory"))
        .env_clear()
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// The absolute path of a fixture.
pub(crate) fn fixture(name: &str) -> String {
    root().join("fixtures").join(name).to_string_lossy().into_owned()
}

/// Every file below a directory, sorted.
pub(crate) fn files_below(dir: &str) -> Vec<String> {
    let mut pending = vec![PathBuf::from(dir)];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                std::fs::read_dir(&path)
                    .expect("readable")
                    .map(|entry| entry.expect("readable").path()),
            );
        } else {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    files
}

/// A directory of one test's own below the build directory.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("the build directory is writable");
        Self(dir)
    }

    /// The same in the system's directory for temporary files, outside of every repository.
    pub(crate) fn outside(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("policy-test-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("the directory for temporary files is writable");
        Self(dir)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
        std::fs::write(&path, text).expect("writable");
        path.to_string_lossy().into_owned()
    }
}

/// A create of one resource with these planned values.
pub(crate) fn resource(address: &str, after: Value) -> Value {
    let (kind, name) = address.split_once('.').expect("an address");
    json!({
        "address": address, "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}},
    })
}

/// A plan of these changes.
pub(crate) fn plan(changes: &[Value]) -> String {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
        "resource_changes": changes, "configuration": {"root_module": {}}, "complete": true, "errored": false,
    })
    .to_string()
}

/// A git repository in a scratch directory, with nothing of the user's configuration.
pub(crate) struct Repository(PathBuf);

impl Repository {
    /// An empty repository.
    pub(crate) fn new(scratch: &Scratch, name: &str) -> Self {
        let repository = Self(scratch.0.join(name));
        std::fs::create_dir_all(&repository.0).expect("writable");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// A repository that will hold a copy of these files.
    pub(crate) fn copy(scratch: &Scratch, name: &str, from: &str) -> Self {
        let repository = Self::new(scratch, name);
        for file in files_below(from) {
            let below = Path::new(&file).strip_prefix(from).expect("below");
            let to = repository.0.join(below);
            std::fs::create_dir_all(to.parent().expect("a directory")).expect("writable");
            std::fs::copy(&file, to).expect("writable");
        }
        repository
    }

    /// Commits everything, at noon of a day.
    pub(crate) fn commit(&self, day: &str) {
        self.git(&["add", "--all"]);
        let when = format!("{day}T12:00:00+00:00");
        self.run(&["commit", "--quiet", "--allow-empty", "--message", day], &when);
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        self.run(arguments, "2026-01-01T12:00:00+00:00");
    }

    fn run(&self, arguments: &[&str], when: &str) {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .envs([
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("GIT_CONFIG_NOSYSTEM", "1"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_AUTHOR_NAME", "registry"),
                ("GIT_AUTHOR_EMAIL", "registry@example.com"),
                ("GIT_COMMITTER_NAME", "registry"),
                ("GIT_COMMITTER_EMAIL", "registry@example.com"),
                ("GIT_AUTHOR_DATE", when),
                ("GIT_COMMITTER_DATE", when),
            ])
            .output()
            .expect("these tests need git");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
