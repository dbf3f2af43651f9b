//! A child that is led through a call one instruction at a time, and killed after any of them.
#![allow(unsafe_code)]

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes of the `syscall` instruction, as they lie in memory.
const SYSCALL: libc::c_long = 0x050f;

/// What a child of [`Stepped`] marks the beginning and the end of its call with.
#[derive(Debug)]
pub struct Stage {
    /// A page that parent and child share: zero, or one more than what the call returned.
    answer: NonNull<AtomicU64>,
}

impl Stage {
    fn new() -> Self {
        // SAFETY: the call makes a mapping and touches none that is there.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                size_of::<AtomicU64>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert_ne!(page, libc::MAP_FAILED, "{}", io::Error::last_os_error());
        Stage {
            answer: NonNull::new(page.cast()).expect("no mapping is at 0"),
        }
    }

    fn answer(&self) -> &AtomicU64 {
        // SAFETY: the page is mapped while `self` is there, aligned, and zeros are an atomic.
        unsafe { self.answer.as_ref() }
    }

    /// The call begins: the child stops here, and the parent leads it on.
    pub fn begin(&self) {
        // Not `raise`, which would add its own instructions to those that are counted.
        // SAFETY: the calls take numbers only.
        unsafe {
            let me = libc::getpid();
            libc::syscall(libc::SYS_kill, me, libc::SIGTRAP);
        }
    }

    /// The call ended and returned `answer`. The child goes no further: nothing of it is dropped.
    pub fn end(&self, answer: u64) -> ! {
        self.answer().store(answer + 1, Ordering::Relaxed);
        loop {
            // SAFETY: the call takes nothing.
            unsafe { libc::pause() };
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new`, and nothing borrows from it any more.
        unsafe { libc::munmap(self.answer.as_ptr().cast(), size_of::<AtomicU64>()) };
    }
}

/// A forked child that is traced by the thread that made it. It is killed when it is dropped.
pub struct Stepped<'a> {
    child: libc::pid_t,
    stage: Stage,
    /// What is done when it sleeps in a system call.
    when_asleep: Option<Box<dyn FnMut() + 'a>>,
    /// Whether it ended by itself, which it should not.
    failed: bool,
}

impl<'a> Stepped<'a> {
    /// Forks a child that plays `part`, and runs it to [`Stage::begin`], unless it
    /// [fails](Stepped::has_failed) before.
    ///
    /// To be called where no other thread of the process holds a lock: in a role, not in a test.
    ///
    /// # Panics
    ///
    /// There can be no child.
    pub fn at_begin(part: impl FnOnce(&Stage)) -> Self {
        let stage = Stage::new();
        // SAFETY: the child goes on with this thread only; the others of a role wait for its end.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "fork: {}", io::Error::last_os_error());
        if child == 0 {
            let played = catch_unwind(AssertUnwindSafe(|| {
                be_traced();
                part(&stage);
            }));
            // SAFETY: the call takes a number. Nothing of the parent's may run in the child.
            unsafe { libc::_exit(if played.is_ok() { 0 } else { 1 }) };
        }
        let mut stepped = Stepped {
            child,
            stage,
            when_asleep: None,
            failed: false,
        };
        stepped.wait_for_stop();
        stepped
    }

    /// Has `hook` called when the child is being led through a system call and sleeps in it:
    /// whoever leads it waits for the end of that call.
    pub fn when_asleep(&mut self, hook: impl FnMut() + 'a) {
        self.when_asleep = Some(Box::new(hook));
    }

    /// What the call returned, if it has ended.
    #[must_use]
    pub fn answer(&self) -> Option<u64> {
        self.stage.answer().load(Ordering::Relaxed).checked_sub(1)
    }

    /// Whether the child ended by itself, by a panic or otherwise.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether there is nothing more to lead it through.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.failed || self.answer().is_some()
    }

    /// Lets the child execute one instruction; a system call counts as one.
    pub fn step(&mut self) {
        self.go(libc::PTRACE_SINGLESTEP);
    }

    /// Lets the child go on until it has made one more system call, or is at the end of its part.
    pub fn skip_to_call(&mut self) {
        self.go(libc::PTRACE_SYSCALL);
        // What it is about to call at the end would wait for ever.
        if !self.is_over() {
            self.go(libc::PTRACE_SYSCALL);
        }
    }

    /// Whether the next instruction is a system call.
    #[must_use]
    pub fn is_at_call(&self) -> bool {
        // SAFETY: the child is stopped and traced by this thread; zeros are valid registers, and
        // the first call fills them in. The second reads the child's memory, not ours.
        let word = unsafe {
            let mut registers: libc::user_regs_struct = std::mem::zeroed();
            libc::ptrace(libc::PTRACE_GETREGS, self.child, 0, &mut registers);
            libc::ptrace(libc::PTRACE_PEEKTEXT, self.child, registers.rip, 0)
        };
        word & 0xffff == SYSCALL
    }

    /// Kills the child where it is, and waits until nothing of it is left.
    pub fn kill(self) {}

    fn go(&mut self, how: libc::c_uint) {
        if self.failed {
            return;
        }
        let may_sleep =
            self.when_asleep.is_some() && (how == libc::PTRACE_SYSCALL || self.is_at_call());
        // SAFETY: the child is stopped and traced by this thread; no signal is handed on.
        let went = unsafe { libc::ptrace(how, self.child, 0, 0) };
        assert_eq!(went, 0, "ptrace: {}", io::Error::last_os_error());
        if may_sleep {
            self.attend();
        }
        self.wait_for_stop();
    }

    /// Returns when the child is about to stop, or was asleep.
    fn attend(&mut self) {
        loop {
            match state_of(self.child) {
                Some(b'S') => break,
                Some(b'R' | b'D') => std::thread::yield_now(),
                _ => return,
            }
        }
        if let Some(hook) = &mut self.when_asleep {
            hook();
        }
    }

    fn wait_for_stop(&mut self) {
        let mut status = 0;
        // SAFETY: the call writes the status only.
        let waited = unsafe { libc::waitpid(self.child, &mut status, 0) };
        assert_eq!(waited, self.child, "{}", io::Error::last_os_error());
        let stopped = libc::WIFSTOPPED(status) && libc::WSTOPSIG(status) == libc::SIGTRAP;
        self.failed = !stopped;
    }
}

impl Drop for Stepped<'_> {
    fn drop(&mut self) {
        let mut status = 0;
        // SAFETY: the calls take numbers, and write the status. The child was not waited for to
        // its end yet, unless it failed; it was the last that this process forked then, and its
        // number is not in use again.
        unsafe {
            libc::kill(self.child, libc::SIGKILL);
            while libc::waitpid(self.child, &mut status, 0) == self.child
                && !libc::WIFSIGNALED(status)
                && !libc::WIFEXITED(status)
            {}
        }
    }
}

/// What the process does, as a letter of `/proc/<pid>/stat`: `R`uns, `S`leeps, is s`t`opped.
pub(crate) fn state_of(pid: libc::pid_t) -> Option<u8> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(name_end + 2).copied()
}

fn be_traced() {
    // SAFETY: the calls take numbers only.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        let asked = libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
        assert_eq!(asked, 0, "ptrace: {}", io::Error::last_os_error());
    }
}

/// Keeps this process, and those it forks, on one processor of those it may use. A step of a
/// child on another one takes several times as long.
pub fn stay_on_one_processor(index: usize) {
    // SAFETY: zero is a valid set; the calls fill it in, or read it.
    unsafe {
        let size = size_of::<libc::cpu_set_t>();
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size, &mut allowed) != 0 {
            return;
        }
        let usable: Vec<usize> = (0..libc::CPU_SETSIZE as usize)
            .filter(|&cpu| libc::CPU_ISSET(cpu, &allowed))
            .collect();
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(usable[index % usable.len()], &mut one);
        // It is only slower without.
        libc::sched_setaffinity(0, size, &one);
    }
}
