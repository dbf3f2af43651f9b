//! Programs that may not come to an end.

use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);

/// Waits for the end of `child`, or stops it after so long, which gives `None`.
pub(crate) fn wait(child: &mut Child, most: Duration) -> Result<Option<ExitStatus>, String> {
    let deadline = Instant::now() + most;
    let lost = |error| format!("cannot wait for it: {error}");
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(lost)? {
            return Ok(Some(status));
        }
        thread::sleep(POLL);
    }
    child.kill().map_err(lost)?;
    child.wait().map_err(lost)?;
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn stops_what_does_not_end() {
        let run = |seconds: &str, most| {
            let mut child = Command::new("sleep").arg(seconds).spawn().unwrap();
            wait(&mut child, most).unwrap()
        };
        assert_eq!(run("60", Duration::from_millis(60)), None);
        assert!(run("0", Duration::from_secs(60)).unwrap().success());
    }
}
