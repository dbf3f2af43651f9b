//! A channel without a name, handed to another process over a Unix socket.
//!
//! Nobody can open such a channel but those it was handed to, and its size is sealed, so neither
//! side can harm the other by cutting it off: the way to share one with a process that is trusted
//! less.
//!
//! ```text
//! cargo run --release --example handover
//! ```
//!
//! starts both processes. By hand, in two terminals, the first one first:
//!
//! ```text
//! cargo run --release --example handover -- give /tmp/handover.socket
//! cargo run --release --example handover -- take /tmp/handover.socket
//! ```

use ringway::{Place, handover};
use std::error::Error;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Waits for a process on `listener`, hands it a channel and sends to it.
fn give(listener: &UnixListener) -> Result<(), Box<dyn Error>> {
    let mut tx = ringway::spsc::<u64>(Place::Anonymous).sender()?;
    let (socket, _) = listener.accept()?;
    // A handle is what an anonymous channel has instead of a name.
    let segment = tx.platform().segment();
    let handle = segment.handle().ok_or("a channel with a name has none")?;
    handover::send_handle(&socket, handle)?;
    // From here on the socket is not needed.
    drop(socket);
    for number in 1..=1000 {
        tx.send(number)?;
    }
    // Messages wait for a receiver that comes late only where it can still find them: this memory
    // goes with the last process that has it.
    if tx.wait_for_receiver(Some(Duration::from_secs(10))) {
        Ok(())
    } else {
        Err("the other process took the handle and did not open the channel".into())
    }
}

/// Takes a channel from the process behind the socket at `path`, and receives from it.
fn take(path: &Path) -> Result<(), Box<dyn Error>> {
    let socket = UnixStream::connect(path)?;
    let handle = handover::receive_handle(&socket)?;
    // The same checks as for a name: another type or capacity is refused here too.
    let mut rx = ringway::spsc::<u64>(Place::Handle(handle)).receiver()?;
    let mut sum = 0;
    // Where the sender is not trusted, copy first and look then: it can still write to its slots.
    let mut number = 0;
    while rx.recv_into(&mut number).is_ok() {
        sum += number;
    }
    println!("received the numbers from 1 on; their sum is {sum}");
    Ok(())
}

/// Where a socket is until this is dropped.
struct SocketFile(PathBuf);

impl SocketFile {
    fn listen(&self) -> std::io::Result<UnixListener> {
        UnixListener::bind(&self.0)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["give", path] => give(&SocketFile(path.into()).listen()?),
        ["take", path] => take(Path::new(path)),
        [] => {
            let name = format!("ringway-handover-{}.socket", std::process::id());
            let file = SocketFile(std::env::temp_dir().join(name));
            let listener = file.listen()?;
            let mut taker = Command::new(std::env::current_exe()?)
                .arg("take")
                .arg(&file.0)
                .spawn()?;
            give(&listener)?;
            match taker.wait()? {
                ended if ended.success() => Ok(()),
                ended => Err(format!("the other process ended with {ended}").into()),
            }
        }
        _ => Err("say `give SOCKET`, `take SOCKET` or nothing".into()),
    }
}
