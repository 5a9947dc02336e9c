//! `tactful scan`: what scanned codes name, and what of it the catalog knows.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::{Value, json};
use tactful::catalog::Catalog;
use tactful::product::Gs1Number;
use tactful::signal::gs1;
use tactful::value::{Local, Timestamp};

use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::report::say;

/// Tell what scanned codes name: one code per line in, one line of JSON per code out
///
/// Reads what a scan reads: GS1 Digital Links, element strings, EAN, UPC and ITF-14. `expires` is the last day on which this
/// piece is fine, `product` and `store` are the catalog's ids, and missing where it does not have the number. A code that cannot be read has a `fault`, and is no
/// failure: labels are tried out with this.
#[derive(clap::Args)]
#[command(after_help = help!("tactful scan nordkorb.tact codes.txt"))]
pub struct Args {
    /// The pack (.tact)
    pack: PathBuf,
    /// The codes (text, also .gz), or `-` for standard input
    #[arg(default_value = "-")]
    codes: PathBuf,
}

/// Reads each code.
pub fn scan(args: &Args) -> Result<(), Failure> {
    let catalog = files::pack(&args.pack)?;
    if args.codes == Path::new("-") && io::stdin().is_terminal() {
        say("reading codes from the keyboard or a scanner, one per line; end with Ctrl-D");
    }
    let (mut input, mut line) = (Lines::open(&args.codes, &ProgressBar::hidden())?, Vec::new());
    let mut output = io::BufWriter::new(io::stdout().lock());
    while input.next(&mut line)?.is_some() {
        let code = String::from_utf8_lossy(&line);
        writeln!(output, "{}", told(&catalog, &code))?;
    }
    output.flush()?;
    Ok(())
}

fn told(catalog: &Catalog, code: &str) -> Value {
    let named = match gs1::parse(code) {
        Ok(named) => named,
        Err(fault) => return json!({ "code": code, "fault": format!("the code {fault}") }),
    };
    let known = |gtin: &Gs1Number| catalog.product_by_gtin(*gtin).and_then(|place| catalog.product(place));
    let product = named.gtin.as_ref().and_then(known).or_else(|| named.upc.as_ref().and_then(known));
    let store = named.gln.and_then(|gln| catalog.store_by_gln(gln)).and_then(|place| catalog.store(place));
    let digits = |number: Gs1Number, width| format!("{:0width$}", number.get());
    let fields = [
        ("gtin", named.gtin.map(|number| digits(number, 14))),
        ("upc", named.upc.map(|number| digits(number, 14))),
        ("gln", named.gln.map(|number| digits(number, 13))),
        ("product", product.map(|product| catalog.text(product.id).into())),
        ("expires", named.expires.map(date)),
        ("store", store.map(|store| catalog.text(store.id).into())),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    [("code".to_owned(), Value::String(code.into()))].into_iter().chain(known).collect()
}

/// Returns a day since 1970-01-01 as `2026-11-30`.
fn date(day: i32) -> String {
    let Local { year, month, day_of_month, .. } = Local::new(Timestamp::from_ms(i64::from(day) * 86_400_000), 0);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}
