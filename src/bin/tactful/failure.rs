//! Why a command stops, by cause, and the exit code of each cause.

use std::collections::BTreeSet;
use std::io;

use tactful::author::nearest;
use tactful::publish::Fault;
use tactful::token::keys::KeySetFault;
use tactful::wire::pack::PackFault;

use crate::report::Finding;

/// Why a command stops.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input has problems; they are told first.
    #[error("{}", problems(.findings.len(), *.more))]
    Wrong {
        /// The problems, in the order of the input.
        findings: Vec<Finding>,
        /// Problems beyond those.
        more: usize,
    },
    /// The input has problems, and they are already on standard output.
    #[error("")]
    Told,
    /// A pack that may not be used.
    #[error("`{file}`: {fault}")]
    Pack {
        /// The pack.
        file: String,
        /// Why not.
        fault: PackFault,
    },
    /// A saved state of no bytes: no new shopper, but a file that was lost.
    #[error("`{0}` is empty, so no saved state; leave `--state` out to start a new shopper")]
    EmptyState(String),
    /// A pack where a text belongs.
    #[error("`{0}` is a pack; name the catalog (JSON) that it was compiled from")]
    IsPack(String),
    /// A catalog where a log is wanted, which names the pack that decided.
    #[error("`{0}` is a catalog, and a log names the pack that decided; `tactful compile` it, and name the pack")]
    LogOfCatalog(String),
    /// A text that is none.
    #[error("`{file}` is no text in UTF-8 from byte {at} on; save it as UTF-8")]
    NotText {
        /// The file.
        file: String,
        /// The first wrong byte, from 0.
        at: usize,
    },
    /// A table that is not as agreed.
    #[error("`{file}`: {cause}")]
    Table {
        /// The file.
        file: String,
        /// What is wrong and in which line.
        cause: csv::Error,
    },
    /// An output that would replace an input.
    #[error("`{0}` is also an input and would be replaced; name another file")]
    Replaces(String),
    /// An input that is named twice.
    #[error("`{0}` is named twice and would count twice; name each log once")]
    Twice(String),
    /// A folder without the data.
    #[error("`{folder}` has no purchase histories: looked for {wanted}; name the folder that holds `next_need/`")]
    NoData {
        /// The folder.
        folder: String,
        /// What is not there.
        wanted: String,
    },
    /// A folder without another part of the data.
    #[error("`{folder}` has no {what}: {wanted} not found; name the folder that holds the benchmark data")]
    NoBenchmark {
        /// The folder.
        folder: String,
        /// What the command is about.
        what: &'static str,
        /// What is not there.
        wanted: String,
    },
    /// A walk that the benchmark does not have.
    #[error("`{file}` has no walk `{walk}`; they are called `p000`, `p001` and so on")]
    NoWalk {
        /// The walk that was asked for.
        walk: String,
        /// The file of the walks.
        file: String,
    },
    /// A table of odds that this program does not know.
    #[error("`{file}` has not the odds of a purchase that this version knows; make it with `tactful train intent`")]
    NoOdds {
        /// The file.
        file: String,
    },
    /// A table of needs that this program does not know.
    #[error("`{file}` has not the odds of a need that this version knows; make it with `tactful train need`")]
    NoNeed {
        /// The file.
        file: String,
    },
    /// A table of usefulness that this program does not know.
    #[error(
        "`{file}` has not the table of usefulness that this version knows; make it with `tactful train usefulness`"
    )]
    NoUsefulness {
        /// The file.
        file: String,
    },
    /// Logs that say too little.
    #[error(
        "the logs have {got} replies, and at least {fewest} are needed; log more, or compile without `--usefulness`"
    )]
    FewReplies {
        /// How many there are.
        got: u64,
        /// How many are needed.
        fewest: u64,
    },
    /// Counts of outcomes that were noised in another way.
    #[error("`{file}` has not the counts of outcomes that this version knows; take what `GET /v1/outcomes` answers")]
    NoOutcomes {
        /// The file.
        file: String,
    },
    /// A text that is no coupon token.
    #[error("this is no token: {0}")]
    NoToken(String),
    /// A key set that is not taken over.
    #[error("`{file}`: {fault}")]
    Keys {
        /// The file.
        file: String,
        /// Why not.
        fault: KeySetFault,
    },
    /// Something published that is not taken.
    #[error("{0}")]
    Publish(Fault),
    /// Somebody else was faster.
    #[error("somebody else published meanwhile, so nothing was published; look with `tactful log`, and run this again")]
    Meanwhile,
    /// Somebody else publishes at this moment, or did not end.
    #[error("somebody else is publishing into the folder now; if nobody is, remove `{0}` and run this again")]
    Busy(String),
    /// An address that is not reached.
    #[error("cannot reach `{address}`: {cause}")]
    Unreached {
        /// The address.
        address: String,
        /// What happened.
        cause: Box<ureq::Error>,
    },
    /// An address that refuses.
    #[error("`{address}` answered {status}: {message}")]
    Answered {
        /// The address.
        address: String,
        /// The status (RFC 9110).
        status: u16,
        /// What it says.
        message: String,
    },
    /// A key that may not be sent.
    #[error("`{address}` is neither https nor this machine, so the key {secret} is not sent there")]
    Overheard {
        /// The address.
        address: String,
        /// What the edge calls the key.
        secret: &'static str,
    },
    /// A key that does not open.
    #[error("the key in `{file}` does not open `{address}`; put the worker's secret {secret} into it")]
    Closed {
        /// The address.
        address: String,
        /// The file with the key.
        file: String,
        /// What the edge calls the key.
        secret: &'static str,
    },
    /// A file with no key in it.
    #[error("`{file}` holds no key; put the worker's secret {secret} into it, one line of letters and digits")]
    NoKey {
        /// The file.
        file: String,
        /// What the edge calls the key.
        secret: &'static str,
    },
    /// A file or a folder where an address is needed.
    #[error("`{0}` is no address; write it as https://shop.example")]
    NoAddress(String),
    /// An address whose key is not named.
    #[error("`{address}` opens to the shop alone; name the file with its key, {option}")]
    NamelessKey {
        /// The address.
        address: String,
        /// The option that names it.
        option: &'static str,
    },
    /// No head yet.
    #[error("nothing is published at `{0}` yet; begin with `tactful publish CATALOG`")]
    NothingPublished(String),
    /// Nothing to promote.
    #[error("nothing is staged now; stage a catalog with `tactful publish CATALOG --stage 10`")]
    NothingStaged,
    /// A share that would take a pack away from devices that have it.
    #[error(
        "{known} of 100 devices have what is staged, and {got} are fewer; name more, or go back with `tactful rollback`"
    )]
    SmallerStage {
        /// The share that was asked for, percent.
        got: u16,
        /// The share now, percent.
        known: u16,
    },
    /// A version that never was.
    #[error("version {0} was never published; `tactful log` tells which were")]
    NoVersion(u64),
    /// A version whose packs are gone.
    #[error("the packs of before version {version} are not kept any more; publish the catalog of that time again")]
    NotKept {
        /// The version that would have been made of them.
        version: u64,
    },
    /// No key, or several to choose from.
    #[error("`{keys}` has {got} publishers' keys; name one with `--publisher`")]
    WhichPublisher {
        /// The folder.
        keys: String,
        /// How many there are.
        got: usize,
    },
    /// A catalog that does not do without what is stopped.
    #[error(
        "without the offers that are stopped, the catalog has a problem: {0}; mend it, or `tactful stop --resume` them"
    )]
    WithoutStopped(String),
    /// A name that is no file's.
    #[error("`{0}` cannot be a publisher's name: letters, digits and hyphens, and not `root-…`")]
    NoName(String),
    /// A private key that is none.
    #[error(
        "`{file}` is no private key for Ed25519 as a JSON Web Key; `tactful token keys new` and `tactful authority new` make them"
    )]
    NoPrivateKey {
        /// The file.
        file: String,
    },
    /// Roots that are none.
    #[error(
        "`{file}` does not say which roots to trust; it is made by `tactful token keys new` and `tactful authority new`"
    )]
    NoTrust {
        /// The file.
        file: String,
    },
    /// A folder that is no authority's.
    #[error("`{0}` has no `trust.json`, so nobody may publish with it; `tactful authority new` makes such a folder")]
    NoAuthority(String),
    /// Terms of coupons that are none.
    #[error("`{file}` has not the terms of coupons; it is made by `tactful compile --terms`")]
    NoTerms {
        /// The file.
        file: String,
    },
    /// A key that is not in the set.
    #[error("there is no key `{0}`")]
    NoKid(String),
    /// No key signs at this time.
    #[error("no key of `{0}` signs today; make the next ones with `tactful token keys rotate`")]
    NoCurrentKey(String),
    /// More signatures asked for than there are roots.
    #[error("{threshold} signatures cannot come from {roots} roots; make more with `--roots`")]
    Threshold {
        /// How many have to sign.
        threshold: u8,
        /// How many there are.
        roots: u8,
    },
    /// The system gave no chance.
    #[error("the system has no random numbers: {0}")]
    Chance(String),
    /// Offers that are not in the pack.
    #[error("the pack has no offer `{}`{}", .unknown.join("`, `"), meant(.near))]
    NoOffers {
        /// Their ids.
        unknown: Vec<String>,
        /// The ids that come near them.
        near: Vec<String>,
    },
    /// Offers that are shown anyway.
    #[error("`{0}` is not stopped; `tactful log` tells which are")]
    NotStopped(String),
    /// A log whose categories nobody told.
    #[error("the categories of `{file}` are those of a catalog; name its pack with `--pack`")]
    NoPack {
        /// The file.
        file: String,
    },
    /// A log of no lines: nothing was held to the same bytes.
    #[error("`{0}` is empty, so no log of decisions; `decide`, `run` and `simulate` write one with `--log`")]
    EmptyLog(String),
    /// Lines that are no log.
    #[error("`{file}` is no log of decisions ({cause}); `decide`, `run` and `simulate` write one with `--log`")]
    NoLog {
        /// The file.
        file: String,
        /// What is wrong with its first line.
        cause: serde_json::Error,
    },
    /// JSON that is not as agreed.
    #[error("`{file}`, line {line}: {cause}")]
    Json {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        cause: serde_json::Error,
    },
    /// Things that a shop runs out of; they are told first.
    #[error("there is something to warn of ({0} in all); write something new, or leave `--strict` out")]
    Supply(usize),
    /// People would be worse off with the next catalog than with the one of now.
    #[error("people would be worse off, so it stays as it is: {0}; look at what moved, or say `--allow-worse`")]
    Worse(String),
    /// People would be worse off than with what is published now, and no report says so.
    #[error(
        "people would be worse off, so nothing was published: {0}; look with `tactful simulate`, or say `--allow-worse`"
    )]
    HeldBack(String),
    /// Bounds of the catalog that a simulation does not keep; they are told first.
    #[error("{}", unkept(*.0))]
    Bounds(usize),
    /// A file that cannot be read.
    #[error("cannot read `{file}`: {cause}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A file that cannot be written; what was there before still is.
    #[error("cannot write `{file}`: {cause}; nothing was changed")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// Returns the exit code that the help texts document. A reader that has enough (`| head`) is no failure.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Output(_)) && self.is_quiet() { 0 } else { self.kind().0 }
    }

    /// Returns a stable code for programs.
    pub fn code(&self) -> &'static str {
        self.kind().1
    }

    /// Returns the line of the file that the failure names, from 1.
    pub fn line(&self) -> u64 {
        match self {
            Self::Json { line, .. } => u64::try_from(*line).unwrap_or(1),
            Self::Table { cause, .. } => cause.position().map_or(1, csv::Position::line),
            _ => 1,
        }
    }

    /// The exit code and the stable code of each cause.
    const fn kind(&self) -> (u8, &'static str) {
        match self {
            Self::Wrong { .. } => (1, "more-problems"),
            Self::Told => (1, "told"),
            Self::Bounds(_) => (1, "bounds"),
            Self::Worse(_) | Self::HeldBack(_) => (1, "worse"),
            Self::Supply(_) => (1, "supply"),
            Self::Pack { fault, .. } => (1, fault.code()),
            Self::EmptyState(_) => (1, "empty-state"),
            Self::IsPack(_) => (1, "pack"),
            Self::LogOfCatalog(_) => (1, "catalog"),
            Self::NotText { .. } => (1, "not-text"),
            Self::NoLog { .. } | Self::EmptyLog(_) => (1, "not-a-log"),
            Self::NoOdds { .. } | Self::NoNeed { .. } | Self::NoUsefulness { .. } => (1, "not-a-table"),
            Self::FewReplies { .. } => (1, "few-replies"),
            Self::NoOutcomes { .. } => (1, "not-outcomes"),
            Self::NoOffers { .. } => (1, "unknown-offer"),
            Self::NotStopped(_) => (1, "not-stopped"),
            Self::NoWalk { .. } => (1, "unknown-walk"),
            Self::NoToken(_) => (1, "not-a-token"),
            Self::Keys { .. } => (1, "keys"),
            Self::NoPrivateKey { .. } => (1, "not-a-private-key"),
            Self::Publish(_) => (1, "publication"),
            Self::Meanwhile | Self::Busy(_) => (1, "somebody-else"),
            Self::NothingPublished(_) => (1, "nothing-published"),
            Self::NothingStaged => (1, "nothing-staged"),
            Self::SmallerStage { .. } => (1, "smaller-stage"),
            Self::NoVersion(_) => (1, "unknown-version"),
            Self::NotKept { .. } => (1, "not-kept"),
            Self::WhichPublisher { .. } => (1, "which-publisher"),
            Self::WithoutStopped(_) => (1, "without-stopped"),
            Self::NoName(_) => (1, "not-a-name"),
            Self::NoTrust { .. } => (1, "not-trust"),
            Self::NoAuthority(_) => (3, "no-authority"),
            Self::NoTerms { .. } => (1, "not-terms"),
            Self::NoKid(_) => (1, "unknown-key"),
            Self::NoCurrentKey(_) => (1, "no-current-key"),
            Self::Closed { .. } => (1, "closed"),
            Self::NoKey { .. } => (1, "no-key"),
            Self::Table { .. } => (1, "table"),
            Self::Json { .. } => (1, "json"),
            Self::Replaces(_) => (2, "replaces-input"),
            Self::Twice(_) => (2, "named-twice"),
            Self::NoPack { .. } => (2, "no-pack"),
            Self::Threshold { .. } => (2, "threshold"),
            Self::Overheard { .. } => (2, "overheard"),
            Self::NoAddress(_) => (2, "not-an-address"),
            Self::NamelessKey { .. } => (2, "nameless-key"),
            Self::Chance(_) => (3, "chance"),
            Self::Unreached { .. } => (3, "unreached"),
            Self::Answered { .. } => (3, "answered"),
            Self::NoData { .. } | Self::NoBenchmark { .. } => (3, "no-data"),
            Self::Read { .. } => (3, "unreadable"),
            Self::Write { .. } => (3, "unwritable"),
            Self::Output(_) => (3, "output"),
        }
    }

    /// Stops where the pack has not all offers that were named.
    pub fn unless_known<'a>(named: &[String], known: impl Iterator<Item = &'a str>) -> Result<(), Self> {
        let known: BTreeSet<&str> = known.collect();
        let unknown: Vec<String> = named.iter().filter(|id| !known.contains(id.as_str())).cloned().collect();
        let near = unknown.iter().filter_map(|id| nearest(id, known.iter().copied())).collect();
        if unknown.is_empty() { Ok(()) } else { Err(Self::NoOffers { unknown, near }) }
    }

    /// Tells whether it is a verdict on something that is well formed, and whose reasons the report on standard output has.
    pub const fn is_verdict(&self) -> bool {
        matches!(self, Self::Bounds(_) | Self::Worse(_) | Self::Supply(_))
    }

    /// Tells whether there is nothing left to say.
    pub fn is_quiet(&self) -> bool {
        match self {
            Self::Told => true,
            Self::Output(cause) => cause.kind() == io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }
}

fn meant(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("`, `")) }
}

fn unkept(bounds: usize) -> String {
    if bounds == 1 {
        "1 bound of `simulation` does not hold".into()
    } else {
        format!("{bounds} bounds of `simulation` do not hold")
    }
}

fn problems(told: usize, more: usize) -> String {
    match (told, more) {
        (1, 0) => "1 problem found".into(),
        (_, 0) => format!("{told} problems found"),
        _ => format!("{} problems found, {told} of them above", told + more),
    }
}
