//! Whether a result was made from its inputs as they are now.

use crate::run::{Fault, Outcome, Step};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// A digest of everything that goes into a result, kept in a file beside it.
///
/// Contents count, not times: a fresh checkout of the same files is the same input.
pub struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// Digests `recipe` (what is done with the inputs) and every file in `inputs`; of a folder all
    /// but what is hidden, installed, built or only tests it, and the licence, which is copied there.
    pub fn new(file: impl Into<PathBuf>, recipe: &str, inputs: &[&str]) -> Outcome<Self> {
        let mut hasher = DefaultHasher::new();
        recipe.hash(&mut hasher);
        for file in files(inputs) {
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            (file, bytes).hash(&mut hasher);
        }
        Ok(Self { file: file.into(), digest: format!("{:016x}\n", hasher.finish()) })
    }

    /// Makes the outputs by `make`, unless they are there and of these inputs.
    pub fn make(&self, step: Step, outputs: &[&str], make: impl FnOnce(&Step) -> Outcome) -> Outcome {
        if self.is_current(outputs) {
            step.present();
            return Ok(());
        }
        make(&step)?;
        self.keep()?;
        step.done();
        Ok(())
    }

    fn is_current(&self, outputs: &[&str]) -> bool {
        outputs.iter().all(|output| Path::new(output).exists())
            && std::fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.digest)
    }

    fn keep(&self) -> Outcome {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let kept = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&self.file, &self.digest));
        kept.map_err(|error| unreadable(&self.file, &error))
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Fault {
    Fault::new(format!("{}: {error}", file.display()))
}

fn files(inputs: &[&str]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for input in inputs {
        collect(Path::new(input), &mut found);
    }
    found
}

fn collect(path: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else {
        found.insert(path.to_owned()); // a file; one that is missing is reported when it is read
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !["node_modules", "dist", "test", "LICENSE"].contains(&name.as_str()) {
            collect(&entry.path(), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one input, one output and a stamp that ties them.
    fn made(name: &str) -> (PathBuf, String, String) {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("in/node_modules")).unwrap();
        let (input, output) = (folder.join("in"), folder.join("out"));
        std::fs::write(input.join("a"), "1").unwrap();
        std::fs::write(&output, "made").unwrap();
        let (input, output) = (input.display().to_string(), output.display().to_string());
        Stamp::new(folder.join("stamp"), "recipe", &[&input]).unwrap().keep().unwrap();
        (folder, input, output)
    }

    #[track_caller]
    fn check(name: &str, recipe: &str, change: fn(&Path), current: bool) {
        let (folder, input, output) = made(name);
        change(&folder);
        let stamp = Stamp::new(folder.join("stamp"), recipe, &[&input]).unwrap();
        assert_eq!(stamp.is_current(&[&output]), current, "{name}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn only_a_change_of_recipe_input_or_output_makes_a_result_stale() {
        check("same", "recipe", |_| (), true);
        check("written again", "recipe", |dir| std::fs::write(dir.join("in/a"), "1").unwrap(), true);
        check("installed", "recipe", |dir| std::fs::write(dir.join("in/node_modules/x"), "2").unwrap(), true);
        check("licensed", "recipe", |dir| std::fs::write(dir.join("in/LICENSE"), "2").unwrap(), true);
        check("recipe", "another", |_| (), false);
        check("input", "recipe", |dir| std::fs::write(dir.join("in/a"), "2").unwrap(), false);
        check("more input", "recipe", |dir| std::fs::write(dir.join("in/b"), "2").unwrap(), false);
        check("no output", "recipe", |dir| std::fs::remove_file(dir.join("out")).unwrap(), false);
    }

    #[test]
    fn a_missing_input_is_named() {
        let fault = Stamp::new("stamp", "recipe", &["no/such/file"]).err().unwrap();
        assert!(fault.to_string().contains("no/such/file"), "{fault}");
    }
}
