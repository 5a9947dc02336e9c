//! Reading and writing files: whole or not at all, `-` for standard input and output, `.gz` read and written as text.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressStyle};
use tactful::value::Timestamp;
use tactful::wire::pack;

use crate::failure::Failure;

/// Returns a file's name for messages.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

/// Reads a whole file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    // NOTE: not by `name`: `-` is a file here, where what is read is no text of lines.
    fs::read(path).map_err(|cause| Failure::Read { file: path.display().to_string(), cause })
}

/// Reads a whole file as text, without the byte order mark that some editors put first.
pub fn text(path: &Path) -> Result<String, Failure> {
    let bytes = bytes(path)?;
    if bytes.starts_with(&pack::MAGIC) {
        return Err(Failure::IsPack(name(path)));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|error| Failure::NotText { file: name(path), at: error.utf8_error().valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text))
}

/// Reads a pack for replaying signals of any time; whether it may still be used is asked at each signal's time.
pub fn pack(path: &Path) -> Result<tactful::catalog::Catalog, Failure> {
    let decoded = pack::decode(&bytes(path)?, Timestamp::from_ms(0), 0);
    decoded.map_err(|fault| Failure::Pack { file: name(path), fault })
}

/// Opens a text for reading, gzip or not; `progress` moves with the bytes of the file.
pub fn open(path: &Path, progress: &ProgressBar) -> Result<Box<dyn BufRead>, Failure> {
    let failed = |cause| Failure::Read { file: name(path), cause };
    let raw: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).map_err(failed)?;
        progress.set_length(file.metadata().map_err(failed)?.len());
        Box::new(file)
    };
    let mut input = BufReader::with_capacity(1 << 16, progress.wrap_read(raw));
    let zipped = input.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    Ok(if zipped { Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input))) } else { Box::new(input) })
}

/// Returns a bar of bytes on standard error; nothing where that is no terminal.
pub fn progress(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {bytes}/{total_bytes} {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}

/// The lines of a text with their numbers, blank ones left out.
pub struct Lines {
    file: String,
    input: Box<dyn BufRead>,
    number: usize,
}

impl Lines {
    /// Longest line that is read, bytes.
    pub const LONGEST: u64 = 32 << 20;

    /// Opens a text.
    pub fn open(path: &Path, progress: &ProgressBar) -> Result<Self, Failure> {
        Ok(Self { file: name(path), input: open(path, progress)?, number: 0 })
    }

    /// Reads the next line into `line`, without its end, and returns its number; `None` after the last.
    ///
    /// Of a line longer than [`Lines::LONGEST`], only the start is read, and the rest passed over.
    pub fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<usize>, Failure> {
        loop {
            line.clear();
            let got = self.read(line).map_err(|cause| Failure::Read { file: self.file.clone(), cause })?;
            self.number += 1;
            if self.number == 1 && line.starts_with("\u{feff}".as_bytes()) {
                line.drain(..3);
            }
            if got == 0 || !line.is_empty() {
                return Ok((got > 0).then_some(self.number));
            }
        }
    }

    fn read(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        let got = self.input.by_ref().take(Self::LONGEST + 1).read_until(b'\n', line)?;
        if !line.ends_with(b"\n") && line.len() as u64 > Self::LONGEST {
            self.input.skip_until(b'\n')?;
        }
        line.truncate(line.trim_ascii_end().len());
        Ok(got)
    }
}

/// Refuses an output that would replace an input.
pub fn apart(output: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let replaces = real(output).is_some_and(|output| inputs.iter().any(|input| real(input).as_ref() == Some(&output)));
    if replaces { Err(Failure::Replaces(name(output))) } else { Ok(()) }
}

/// Refuses an input that is named twice, and would count twice.
pub fn once(inputs: &[PathBuf]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    let again = inputs.iter().find(|input| fs::canonicalize(input).is_ok_and(|real| !seen.insert(real)));
    again.map_or(Ok(()), |input| Err(Failure::Twice(name(input))))
}

/// Writes a file whole or not at all: what was there before stays until everything is on the disk.
///
/// `-` is standard output. What is no ordinary file (a pipe, a device) is written as it comes.
pub fn write<T>(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T, Failure> {
    if path == Path::new("-") {
        let mut output = BufWriter::new(io::stdout().lock());
        let filled = fill(&mut output)?;
        output.flush()?;
        return Ok(filled);
    }
    write_file(path, fill).map_err(|cause| Failure::Write { file: name(path), cause })
}

fn write_file<T>(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    let Ok(before) = fs::metadata(path) else {
        return replace(path, None, |file| encode(file, zipped, fill));
    };
    if !before.is_file() {
        return encode(File::create(path)?, zipped, fill);
    }
    replace(&fs::canonicalize(path)?, Some(before.permissions()), |file| encode(file, zipped, fill))
}

fn replace<T>(
    path: &Path,
    permissions: Option<fs::Permissions>,
    fill: impl FnOnce(File) -> io::Result<T>,
) -> io::Result<T> {
    let beside = beside(path);
    let written = File::create_new(&beside).and_then(|file| {
        permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
        let filled = fill(file)?;
        fs::rename(&beside, path)?;
        Ok(filled)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Returns the name of a new file in the same folder, so that renaming never crosses disks.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn encode<T>(file: File, zipped: bool, fill: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let mut plain = BufWriter::with_capacity(1 << 16, file);
    let filled = if zipped {
        let mut packed = GzEncoder::new(&mut plain, Compression::default());
        let filled = fill(&mut packed)?;
        packed.finish()?;
        filled
    } else {
        fill(&mut plain)?
    };
    let file = plain.into_inner()?;
    if file.metadata()?.is_file() {
        file.sync_all()?;
    }
    Ok(filled)
}
