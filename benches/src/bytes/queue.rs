//! POSIX message queues.
#![allow(unsafe_code)]

use super::{Inlet, Outlet, Side, Which, Wire, handover};
use crate::stage::Stage;
use std::ffi::CString;
use std::hint::spin_loop;
use std::io;
use std::mem::zeroed;

/// Messages that it may hold: as many as a privileged process gets under the usual limit of bytes
/// (`RLIMIT_MSGQUEUE`), and what everybody gets (`/proc/sys/fs/mqueue/msg_max`).
const DEPTHS: [libc::c_long; 2] = [512, 10];

/// A queue, slept for or asked again and again.
#[derive(Debug)]
pub struct Queue<const POLLS: bool>;

/// One end.
#[derive(Debug)]
pub struct End(libc::mqd_t);

impl<const POLLS: bool> Wire for Queue<POLLS> {
    type Tx = End;
    type Rx = End;
    fn outlet(stage: &Stage, side: Side, which: Which, len: usize) -> End {
        End::open::<POLLS>(stage, side, which, len)
    }
    fn inlet(stage: &Stage, side: Side, which: Which, len: usize) -> End {
        End::open::<POLLS>(stage, side, which, len)
    }
}

impl End {
    fn open<const POLLS: bool>(stage: &Stage, side: Side, which: Which, len: usize) -> Self {
        let name = format!("/{}", stage.channel(which.name()));
        let name = CString::new(name).expect("a name without zeros");
        let flags = libc::O_RDWR | if POLLS { libc::O_NONBLOCK } else { 0 };
        match side {
            Side::Lead => {
                let make = |depth| make(&name, flags, depth, len);
                let end = DEPTHS.into_iter().find_map(make);
                let end = end.unwrap_or_else(|| panic!("mq_open: {}", io::Error::last_os_error()));
                // The follower says that it has it by taking a message; then the name may go.
                end.send(&vec![0; len]);
                handover::patiently(|| end.is_empty().then_some(()));
                // SAFETY: a string that ends with zero.
                unsafe { libc::mq_unlink(name.as_ptr()) };
                end
            }
            Side::Follower => {
                let end = handover::patiently(|| {
                    // SAFETY: a string that ends with zero.
                    let end = unsafe { libc::mq_open(name.as_ptr(), flags) };
                    (end >= 0).then_some(End(end))
                });
                handover::patiently(|| (!end.is_empty()).then_some(()));
                end.receive(&mut vec![0; len]);
                end
            }
        }
    }

    fn is_empty(&self) -> bool {
        // SAFETY: all zeros are attributes, which the call overwrites; the queue is open.
        let attributes = unsafe {
            let mut attributes = zeroed();
            assert_eq!(libc::mq_getattr(self.0, &raw mut attributes), 0);
            attributes
        };
        attributes.mq_curmsgs == 0
    }

    fn send(&self, message: &[u8]) {
        // SAFETY: the queue is open, and the bytes are there.
        while unsafe { libc::mq_send(self.0, message.as_ptr().cast(), message.len(), 0) } != 0 {
            wait();
        }
    }

    fn receive(&self, buffer: &mut [u8]) -> usize {
        loop {
            let (start, len) = (buffer.as_mut_ptr().cast(), buffer.len());
            // SAFETY: the queue is open, there is as much memory, and nobody asks for a priority.
            let received = unsafe { libc::mq_receive(self.0, start, len, std::ptr::null_mut()) };
            if let Ok(received) = usize::try_from(received) {
                return received;
            }
            wait();
        }
    }
}

fn make(name: &CString, flags: libc::c_int, depth: libc::c_long, len: usize) -> Option<End> {
    // SAFETY: all zeros are attributes; the name ends with zero.
    let end = unsafe {
        let mut attributes: libc::mq_attr = zeroed();
        attributes.mq_maxmsg = depth;
        attributes.mq_msgsize = len as libc::c_long;
        let flags = flags | libc::O_CREAT | libc::O_EXCL;
        libc::mq_open(
            name.as_ptr(),
            flags,
            0o600 as libc::mode_t,
            &raw const attributes,
        )
    };
    (end >= 0).then_some(End(end))
}

#[cold]
fn wait() {
    let error = io::Error::last_os_error();
    match error.kind() {
        io::ErrorKind::WouldBlock => spin_loop(),
        io::ErrorKind::Interrupted => {}
        _ => panic!("a queue of messages: {error}"),
    }
}

impl Outlet for End {
    fn put(&mut self, message: &[u8]) {
        self.send(message);
    }
}

impl Inlet for End {
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        self.receive(buffer)
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: open until now.
        unsafe { libc::mq_close(self.0) };
    }
}
