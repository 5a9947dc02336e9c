//! Tables with a header line (CSV, also `.gz`), read row by row.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::files;

/// Reads every row of a table; the columns are found by their names.
pub fn rows<R: DeserializeOwned>(path: &Path, what: &'static str, mut take: impl FnMut(R)) -> Result<(), Failure> {
    let progress = files::progress(what);
    let mut table = csv::Reader::from_reader(files::open(path, &progress)?);
    for row in table.deserialize() {
        take(row.map_err(|cause| Failure::Table { file: files::name(path), cause })?);
    }
    progress.finish_and_clear();
    Ok(())
}
