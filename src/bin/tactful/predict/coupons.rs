//! `tactful predict coupons` and `redeem`: which coupons of a campaign would a household of the benchmark use, and any?
//!
//! Every household is told by weights that were learnt from other households; see `coupons::clues` for what is known.

use std::path::PathBuf;

use serde::Serialize;

use crate::choice::{List, Weights};
use crate::coupons::{self, Received};
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::report::say;
use crate::trees::chance;

/// Rank the coupons of a campaign by how likely a household uses them
///
/// Reads the folders `coupons/` and `next_need/`, and writes a line `{"household":93,"campaign":1,"ranked":[51380040009]}`
/// for everybody who received a campaign after at least five days with purchases. Known are the household's own
/// purchases before the first day of the campaign, and of all others what is sold how often, at what price, and which
/// makers' coupons were redeemed before. What these clues weigh is learnt from other households.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict coupons ../shared/data -o coupons.jsonl\n  \
     python3 ../shared/quality/score.py coupons coupons.jsonl"
))]
pub struct Coupons {
    #[command(flatten)]
    args: Args,
}

/// Say how likely a household uses any coupon of a campaign
///
/// Reads the folders `coupons/` and `next_need/`, and writes a line `{"household":68,"campaign":1,"p":0.14}` for everybody
/// who received a campaign after at least five days with purchases. Known is what `tactful predict coupons` knows, and
/// the household's own redemptions before.
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful predict redeem ../shared/data -o redeem.jsonl\n  \
     python3 ../shared/quality/score.py redeem redeem.jsonl"
))]
pub struct Redeem {
    #[command(flatten)]
    args: Args,
}

#[derive(clap::Args)]
struct Args {
    /// The folder that holds `coupons/` and `next_need/`
    data: PathBuf,
    /// From which other households the weights are learnt
    #[arg(long, value_enum, default_value_t = Learnt::Households)]
    learnt: Learnt,
    /// Where to write (JSON Lines, packed if it ends in `.gz`), or `-` for standard output
    #[arg(short, long, default_value = "-", value_name = "FILE")]
    output: PathBuf,
}

/// From which other households the weights are learnt.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Learnt {
    /// Those of the other four fifths, in all campaigns
    Households,
    /// Those of the other four fifths, in other campaigns
    Campaigns,
    /// All, in campaigns that started before day 243; asked about are the later ones
    Early,
}

/// First day of the campaigns that [`Learnt::Early`] is asked about.
const LATE: i32 = 243;

#[derive(Serialize)]
struct Ranked<'a> {
    household: u32,
    campaign: u32,
    ranked: Vec<&'a u64>,
}

#[derive(Serialize)]
struct Chance {
    household: u32,
    campaign: u32,
    p: f64,
}

/// Pulls of the weights to nothing.
const PULL_COUPONS: f64 = 5.0;
const PULL_REDEEM: f64 = 3.0;

/// Ranks the coupons.
pub fn coupons(args: &Coupons) -> Result<(), Failure> {
    let line = |received: &Received, weights: &Weights| {
        let odds = received.choice.clues.iter().map(|clues| weights.odds(clues));
        let mut ranked: Vec<(f64, &u64)> = odds.zip(&received.coupons).collect();
        ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let ranked = ranked.into_iter().map(|(_, coupon)| coupon).collect();
        serde_json::to_string(&Ranked { household: received.household, campaign: received.campaign, ranked })
    };
    predict(&args.args, |received| &received.choice, PULL_COUPONS, line)
}

/// Says how likely anything is redeemed.
pub fn redeem(args: &Redeem) -> Result<(), Failure> {
    let line = |received: &Received, weights: &Weights| {
        let p = received.redeemed.clues.last().map_or(0.0, |clues| chance(weights.odds(clues)));
        serde_json::to_string(&Chance { household: received.household, campaign: received.campaign, p })
    };
    predict(&args.args, |received| &received.redeemed, PULL_REDEEM, line)
}

fn predict(
    args: &Args,
    list: fn(&Received) -> &List,
    pull: f64,
    line: impl Fn(&Received, &Weights) -> serde_json::Result<String>,
) -> Result<(), Failure> {
    files::apart(&args.output, &coupons::paths(&args.data)?.each_ref().map(PathBuf::as_path))?;
    let received = coupons::received(&coupons::read(&args.data)?);
    let asked: Vec<&Received> =
        received.iter().filter(|one| args.learnt != Learnt::Early || one.start >= LATE).collect();
    let mut parts: Vec<(u32, u32)> = asked.iter().map(|one| args.learnt.part(one)).collect();
    parts.sort_unstable();
    parts.dedup();
    let mut lines = Vec::new();
    for part in parts {
        let others = received.iter().filter(|one| args.learnt.teaches(one, part));
        let weights = Weights::learn(others.map(list), pull);
        let own = asked.iter().filter(|one| args.learnt.part(one) == part);
        lines.extend(own.map(|one| line(one, &weights)));
    }
    files::write(&args.output, |output| {
        lines.into_iter().try_for_each(|line| {
            output.write_all(line?.as_bytes())?;
            output.write_all(b"\n")
        })
    })?;
    say(format_args!("{} lists of coupons, {} predicted", received.len(), asked.len()));
    Ok(())
}

impl Learnt {
    /// Returns the part of what is predicted that a household in a campaign belongs to.
    const fn part(self, one: &Received) -> (u32, u32) {
        match self {
            Self::Households => (one.choice.fold, 0),
            Self::Campaigns => (one.choice.fold, one.campaign),
            Self::Early => (0, 0),
        }
    }

    /// Tells whether a part may be told by what this household did in this campaign.
    const fn teaches(self, one: &Received, (fold, campaign): (u32, u32)) -> bool {
        match self {
            Self::Households => one.choice.fold != fold,
            Self::Campaigns => one.choice.fold != fold && one.campaign != campaign,
            Self::Early => one.start < LATE,
        }
    }
}
