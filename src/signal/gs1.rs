//! Reads what a scanner saw: a GS1 Digital Link URI or a plain GTIN.
//!
//! Source: GS1 Digital Link Standard: URI Syntax, release 1.4, sections 4 and 5 (uncompressed form).

use crate::product::Gs1Number;

/// What a code names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Application identifier 01: the product.
    pub gtin: Option<Gs1Number>,
    /// Application identifier 414: the place.
    pub gln: Option<Gs1Number>,
}

/// Why a code cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeFault {
    /// Neither a URI nor digits.
    #[error("is neither a GS1 Digital Link nor a GTIN of 8, 12, 13 or 14 digits")]
    Unreadable,
    /// The last digit does not fit the others.
    #[error("has a wrong check digit; scan it again")]
    CheckDigit,
    /// A web link without a GTIN (`/01/`) or GLN (`/414/`).
    #[error("is a link without a product (`/01/…`) or a store (`/414/…`)")]
    NoIdentifier,
}

/// Longest code that is read, bytes.
pub const LONGEST: usize = 2_048;

/// Reads a GS1 Digital Link URI or a plain GTIN.
pub fn parse(code: &str) -> Result<Code, CodeFault> {
    let code = code.trim_ascii();
    if code.len() > LONGEST {
        return Err(CodeFault::Unreadable);
    }
    match code.strip_prefix("https://").or_else(|| code.strip_prefix("http://")) {
        Some(rest) => parse_link(rest),
        None => Ok(Code { gtin: Some(number(code)?), gln: None }),
    }
}

/// Reads host, path and query; identifiers may stand in both, the path first.
fn parse_link(rest: &str) -> Result<Code, CodeFault> {
    let (rest, _) = cut(rest, b"#");
    let (path, query) = cut(rest, b"?");
    let mut code = Code::default();
    let (_, mut segments) = cut(path, b"/");
    while !segments.is_empty() {
        let (segment, behind) = cut(segments, b"/");
        if segment.len() < segments.len() {
            note(&mut code, segment, cut(behind, b"/").0)?;
        }
        segments = behind;
    }
    let mut pairs = query;
    while !pairs.is_empty() {
        let (pair, behind) = cut(pairs, b"&;");
        let (key, value) = cut(pair, b"=");
        if key.len() < pair.len() {
            note(&mut code, key, value)?;
        }
        pairs = behind;
    }
    if code == Code::default() { Err(CodeFault::NoIdentifier) } else { Ok(code) }
}

/// Returns what stands before the first of `marks`, and what behind it: all and nothing where there is none.
fn cut<'a>(text: &'a str, marks: &[u8]) -> (&'a str, &'a str) {
    let at = text.bytes().position(|byte| marks.contains(&byte)).unwrap_or(text.len());
    let behind = text.get(at + 1..).unwrap_or_default();
    (text.get(..at).unwrap_or_default(), behind)
}

fn note(code: &mut Code, identifier: &str, value: &str) -> Result<(), CodeFault> {
    match identifier {
        "01" if code.gtin.is_none() => code.gtin = Some(number(value)?),
        "414" if code.gln.is_none() => code.gln = Some(number(value)?),
        _ => {}
    }
    Ok(())
}

fn number(digits: &str) -> Result<Gs1Number, CodeFault> {
    let readable = matches!(digits.len(), 8 | 12 | 13 | 14) && digits.bytes().all(|b| b.is_ascii_digit());
    if !readable {
        return Err(CodeFault::Unreadable);
    }
    Gs1Number::parse(digits).ok_or(CodeFault::CheckDigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gtin(code: &str) -> Result<Option<u64>, CodeFault> {
        parse(code).map(|code| code.gtin.map(Gs1Number::get))
    }

    #[test]
    fn a_digital_link_names_product_and_store() {
        // Source: example of the GS1 Digital Link standard, section 5.
        let code = parse("https://id.gs1.org/01/09506000134352/10/ABC?17=201225&414=9506000134352").unwrap();
        assert_eq!(code.gtin.map(Gs1Number::get), Some(9_506_000_134_352));
        assert_eq!(code.gln.map(Gs1Number::get), Some(9_506_000_134_352));
    }

    #[test]
    fn a_custom_domain_with_a_path_is_read() {
        assert_eq!(gtin("http://shop.example/some/path/01/4006381333931"), Ok(Some(4_006_381_333_931)));
    }

    #[test]
    fn what_is_no_code_is_refused_by_cause() {
        assert_eq!(gtin("4006381333932"), Err(CodeFault::CheckDigit));
        assert_eq!(gtin("hello"), Err(CodeFault::Unreadable));
        assert_eq!(gtin("https://shop.example/about"), Err(CodeFault::NoIdentifier));
        assert_eq!(gtin("ftp://shop.example/01/4006381333931"), Err(CodeFault::Unreadable));
    }

    #[test]
    fn all_lengths_of_one_gtin_are_one_number() {
        assert_eq!(gtin("04006381333931"), gtin("4006381333931"));
    }
}
