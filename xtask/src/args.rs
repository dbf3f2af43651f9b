//! What follows the command's name on the command line.

use std::str::FromStr;

/// The command line asks for something that does not exist; the text says what.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

/// Arguments not looked at yet. Each method takes out what it recognises.
pub(crate) struct Args {
    rest: Vec<String>,
    /// What stands behind `--`, meant for another program.
    passed_on: Vec<String>,
}

impl Args {
    pub(crate) fn from_command_line() -> Self {
        Self::new(std::env::args().skip(1))
    }

    fn new(args: impl Iterator<Item = String>) -> Self {
        let mut rest: Vec<String> = args.collect();
        let mut passed_on = Vec::new();
        if let Some(at) = rest.iter().position(|arg| arg == "--") {
            passed_on = rest.split_off(at + 1);
            rest.pop();
        }
        Self { rest, passed_on }
    }

    /// Whether the flag `name` is given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|arg| arg != name);
        self.rest.len() != before
    }

    /// The value behind the option `name`, as in `--bound 3`.
    pub(crate) fn option<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Usage> {
        let Some(at) = self.rest.iter().position(|arg| arg == name) else {
            return Ok(None);
        };
        if at + 1 == self.rest.len() {
            return Err(Usage(format!("{name} needs a value")));
        }
        let value = self.rest.remove(at + 1);
        self.rest.remove(at);
        match value.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Usage(format!("{name} does not take `{value}`"))),
        }
    }

    /// The next argument, unless it looks like an option.
    pub(crate) fn positional(&mut self) -> Option<String> {
        let is_positional = self.rest.first().is_some_and(|arg| !arg.starts_with('-'));
        is_positional.then(|| self.rest.remove(0))
    }

    /// Takes what stands behind `--`.
    pub(crate) fn passed_on(&mut self) -> Vec<String> {
        std::mem::take(&mut self.passed_on)
    }

    /// Refuses what nothing has recognised.
    pub(crate) fn finish(self) -> Result<(), Usage> {
        match self.rest.iter().chain(&self.passed_on).next() {
            None => Ok(()),
            Some(arg) => Err(Usage(format!("unexpected argument `{arg}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn takes_what_it_knows_in_any_order() {
        let mut args = args("--bound 4 gate --quick -- --x");
        assert_eq!(args.option::<u32>("--bound").unwrap(), Some(4));
        assert!(args.flag("--quick"));
        assert!(!args.flag("--quick"));
        assert_eq!(args.positional().as_deref(), Some("gate"));
        assert_eq!(args.passed_on(), ["--x"]);
        args.finish().unwrap();
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(args("--bound").option::<u32>("--bound").is_err());
        assert!(args("--bound x").option::<u32>("--bound").is_err());
        assert!(args("--bund 3").finish().is_err());
        assert!(args("-- x").finish().is_err());
    }
}
