//! Other circumstances for a role: it changes them for its own process only, and there is no way
//! back.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::{fs, io, ptr};

/// The user and group that own nothing.
const NOBODY: u32 = 65534;

fn check(result: libc::c_int, what: &str) {
    assert_eq!(result, 0, "{what}: {}", io::Error::last_os_error());
}

/// Gives this process a `/dev/shm` of its own, empty and with room for `bytes`.
///
/// Where it is not root it becomes root of a user namespace first, which no ordinary system needs
/// a privilege for.
///
/// # Panics
///
/// The system does not allow it.
pub fn own_dev_shm(bytes: usize) {
    // SAFETY: the calls take numbers only.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let namespaces = if user == 0 { 0 } else { libc::CLONE_NEWUSER };
    // SAFETY: the call takes numbers only.
    let unshared = unsafe { libc::unshare(namespaces | libc::CLONE_NEWNS) };
    check(unshared, "unshare");
    if user != 0 {
        let tell = |file, text: String| fs::write(file, text).expect("namespaces are set up here");
        tell("/proc/self/setgroups", "deny".to_owned());
        tell("/proc/self/uid_map", format!("0 {user} 1"));
        tell("/proc/self/gid_map", format!("0 {group} 1"));
    }
    let private = libc::MS_REC | libc::MS_PRIVATE;
    mount("none", "/", "none", private, "");
    mount("tmpfs", "/dev/shm", "tmpfs", 0, &format!("size={bytes}"));
}

fn mount(source: &str, target: &str, kind: &str, flags: libc::c_ulong, options: &str) {
    let text = |text: &str| CString::new(text).expect("there is no zero in it");
    let (source, at, kind, options) = (text(source), text(target), text(kind), text(options));
    // SAFETY: all four texts end with a zero and outlive the call.
    let mounted = unsafe {
        libc::mount(
            source.as_ptr(),
            at.as_ptr(),
            kind.as_ptr(),
            flags,
            options.as_ptr().cast(),
        )
    };
    check(mounted, &format!("mount on {target}"));
}

/// Takes the privileges of root away from this process, if it has them: from now on permissions
/// hold for it.
///
/// # Panics
///
/// The system does not allow it.
pub fn drop_privileges() {
    // SAFETY: the calls take numbers only, and an empty list.
    unsafe {
        if libc::geteuid() == 0 {
            check(libc::setgroups(0, ptr::null()), "setgroups");
            check(libc::setresgid(NOBODY, NOBODY, NOBODY), "setresgid");
            check(libc::setresuid(NOBODY, NOBODY, NOBODY), "setresuid");
        }
    }
}
