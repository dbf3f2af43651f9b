//! The command `ringway`: a demonstration, channels from the shell, and a look at what is there.
//!
//! One file for each command; `main` only chooses among them. What went wrong is said in one line
//! on standard error, and by an exit code that scripts can tell apart ([`exit`]).
#![forbid(unsafe_code)]

mod args;
mod demo;
mod end;
mod exit;
mod format;
mod gc;
mod input;
mod ls;
mod meter;
mod opening;
mod output;
mod recv;
mod report;
mod rm;
mod send;
mod stat;

use args::{Cli, Command};
use clap::Parser;
use exit::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Demo { file: None });
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo { file } => demo::run(file),
        Command::Send { end } => send::run(&end),
        Command::Recv { end } => recv::run(&end),
        Command::Ls { json } => ls::run(json),
        Command::Stat { target, json } => stat::run(&target, json),
        Command::Gc { dry_run, json } => gc::run(dry_run, json),
        Command::Rm { target, force } => rm::run(&target, force),
        Command::DemoPeer => demo::play_peer(),
    }
}
