//! Embeds the shipped control pack: every control.yaml, Rego, mapping and pack file under `controls/`, without the test cases.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let controls = manifest.join("../controls");
    println!("cargo::rerun-if-changed={}", controls.display());
    let mut files = Vec::new();
    collect(&controls, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file
            .strip_prefix(&controls)
            .unwrap_or(file)
            .to_string_lossy()
            .replace('\\', "/");
        table.push_str(&format!(
            "    ({name:?}, include_str!({:?})),\n",
            file.canonicalize()?.to_string_lossy()
        ));
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("pack.rs"), table)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            // Cases are for `policy test`; they would only make the binary bigger.
            if path.file_name().is_some_and(|name| name != "tests") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "rego")
            || path.ends_with("control.yaml")
            || is_mapping_or_pack(&path)
        {
            files.push(path);
        }
    }
    Ok(())
}

fn is_mapping_or_pack(path: &Path) -> bool {
    let beside = |name| path.parent().is_some_and(|dir| dir.ends_with(name));
    path.extension().is_some_and(|ending| ending == "yaml") && (beside("mappings") || beside("packs"))
}
