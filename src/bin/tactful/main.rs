//! `tactful`: check and compile a catalog, decide over signals, show what is understood of them, combine coupons, import whole histories and decide over them, replay and evaluate logs, learn, show what a device would tell, make and check coupon tokens, simulate a year, publish, predict benchmarks.
//!
//! Standard output is data, standard error is talk. Every command is one file; this one is the command line itself.

mod address;
mod authority;
mod check;
mod choice;
mod compile;
mod coupons;
mod decide;
mod estimate;
mod evaluate;
mod failure;
mod files;
mod fit;
mod guard;
mod households;
mod import;
mod keyring;
mod learn;
mod log;
mod moments;
mod new;
mod outcomes;
mod past;
mod predict;
mod publish;
mod regions;
mod replay;
mod report;
mod run;
mod savings;
mod scan;
mod schema;
mod share;
mod shopper;
mod simulate;
mod steps;
mod supply;
mod table;
mod terms;
mod token;
mod train;
mod trees;
mod vocabulary;
mod walks;
mod weight;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use failure::Failure;

/// What every help text ends with.
macro_rules! help {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\n",
            "Exit codes:\n",
            "  0  fine\n",
            "  1  the input is wrong; every problem is told with its place\n",
            "  2  the command line is wrong\n",
            "  3  a file cannot be read or written\n\n",
            "With `--json`, where a command has it, each problem is one line of JSON on standard output: code, path, line, \
             column, message"
        )
    };
}
pub(crate) use help;

/// The moment engine: decides whether to speak, with what, or to stay silent.
#[derive(Parser)]
#[command(name = "tactful", version, max_term_width = 100)]
#[command(after_help = help!(
    "tactful new shop\n  \
     tactful compile shop/catalog.json -o shop.tact\n  \
     tactful decide shop.tact shop/signals.jsonl --explain en"
))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Authority(authority::Args),
    Check(check::Args),
    Compile(compile::Args),
    Decide(decide::Args),
    Evaluate(evaluate::Args),
    Import(import::Args),
    Learn(learn::Args),
    Log(publish::history::Args),
    Moments(moments::Args),
    New(new::Args),
    Predict(predict::Args),
    Publish(publish::Args),
    Replay(replay::Args),
    Rollback(publish::RollbackArgs),
    Run(run::Args),
    Savings(savings::Args),
    Scan(scan::Args),
    Schema(schema::Args),
    Share(share::Args),
    Simulate(simulate::Args),
    Stop(publish::StopArgs),
    Supply(supply::Args),
    Token(token::Args),
    Train(train::Args),
    Vocabulary(vocabulary::Args),
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::tell(&failure, is_for_programs(&matches));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Tells whether the command was asked for JSON.
fn is_for_programs(mut matches: &ArgMatches) -> bool {
    while let Some((_, of_command)) = matches.subcommand() {
        matches = of_command;
    }
    matches!(matches.try_get_one("json"), Ok(Some(true)))
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Authority(args) => authority::authority(&args),
        Command::Check(args) => check::check(&args),
        Command::Compile(args) => compile::compile(&args),
        Command::Decide(args) => decide::decide(&args),
        Command::Evaluate(args) => evaluate::evaluate(&args),
        Command::Import(args) => import::import(&args),
        Command::Learn(args) => learn::learn(&args),
        Command::Log(args) => publish::history::log(&args),
        Command::Moments(args) => moments::moments(&args),
        Command::New(args) => new::new(&args),
        Command::Predict(args) => predict::predict(&args),
        Command::Publish(args) => publish::publish(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Rollback(args) => publish::rollback(&args),
        Command::Run(args) => run::run(&args),
        Command::Savings(args) => savings::savings(&args),
        Command::Scan(args) => scan::scan(&args),
        Command::Schema(args) => schema::schema(args),
        Command::Share(args) => share::share(&args),
        Command::Simulate(args) => simulate::simulate(&args),
        Command::Stop(args) => publish::stop(&args),
        Command::Supply(args) => supply::supply(&args),
        Command::Token(args) => token::token(&args),
        Command::Train(args) => train::train(&args),
        Command::Vocabulary(args) => vocabulary::vocabulary(args),
    }
}
