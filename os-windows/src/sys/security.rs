//! Who may use what this process makes, and whose something is.

use super::{check, owned, wide};
use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr::{null_mut, slice_from_raw_parts};
use std::sync::OnceLock;
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_FILE_OBJECT, SE_KERNEL_OBJECT, SE_OBJECT_TYPE,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSID, SECURITY_ATTRIBUTES, TOKEN_QUERY,
    TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// A security descriptor by which this user, and nobody else, may do everything. It is never freed.
struct OnlyMe(*mut c_void);

// SAFETY: it is written once, before anybody else has it, and only read from then on.
unsafe impl Send for OnlyMe {}
// SAFETY: as above.
unsafe impl Sync for OnlyMe {}

/// What `call` needs to make an object that is this user's alone: whatever the token would admit by
/// default, and whatever the directory of a file would hand down.
pub(crate) fn with_only_me<R>(
    call: impl FnOnce(&SECURITY_ATTRIBUTES) -> io::Result<R>,
) -> io::Result<R> {
    static ONLY_ME: OnceLock<OnlyMe> = OnceLock::new();
    let descriptor = match ONLY_ME.get() {
        Some(found) => found,
        None => {
            let made = only_me()?;
            ONLY_ME.get_or_init(|| made)
        }
    };
    call(&SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    })
}

fn only_me() -> io::Result<OnlyMe> {
    let me = user()?;
    // Owner, then a protected access list with one entry: everything to the same user.
    let text = wide(&format!("O:{me}D:P(A;;GA;;;{me})"));
    let mut descriptor = null_mut();
    // SAFETY: `text` ends with a zero, `descriptor` is written by the call, no length is asked for.
    check(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    })?;
    Ok(OnlyMe(descriptor))
}

/// The user as whom this process acts, such as `S-1-5-21-1-2-3-1000`.
pub(crate) fn user() -> io::Result<&'static str> {
    static USER: OnceLock<String> = OnceLock::new();
    match USER.get() {
        Some(known) => Ok(known),
        None => {
            let asked = ask_user()?;
            Ok(USER.get_or_init(|| asked))
        }
    }
}

fn ask_user() -> io::Result<String> {
    let mut token = null_mut();
    // SAFETY: the first is the handle that stands for this process, and `token` is written.
    check(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the call succeeded, so `token` is a handle that is ours.
    let token = unsafe { owned(token)? };
    // Room for a `TOKEN_USER` and the longest identifier behind it (68 bytes), aligned for both.
    let mut room = [0_u64; 16];
    let mut len = 0;
    // SAFETY: `room` has as many bytes as the call is told, and `len` is written.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            room.as_mut_ptr().cast(),
            size_of_val(&room) as u32,
            &raw mut len,
        )
    })?;
    // SAFETY: the call wrote a `TOKEN_USER`, for which `room` is aligned; its identifier lies in
    // `room` too, which lives until the end of this function.
    unsafe { sid_text((*room.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// # Safety
///
/// `sid` points to a whole security identifier.
unsafe fn sid_text(sid: PSID) -> io::Result<String> {
    let mut text = null_mut();
    // SAFETY: the caller's promise; `text` is written.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut text) })?;
    let mut len = 0;
    // SAFETY: the call made a text that ends with a zero; no word behind that is read.
    while unsafe { *text.add(len) } != 0 {
        len += 1;
    }
    // SAFETY: `len` words were just read one by one, and nobody else has them.
    let found = String::from_utf16_lossy(unsafe { &*slice_from_raw_parts(text, len) });
    // SAFETY: the call allocated `text` with `LocalAlloc`, and it is not used any more.
    unsafe { LocalFree(text.cast()) };
    Ok(found)
}

/// The owner of a section, an event or the like; `None` if the system keeps none. (Windows gives each
/// object one. Wine does so only where whoever made it said which.)
pub(crate) fn owner_of_object(object: BorrowedHandle<'_>) -> io::Result<Option<String>> {
    owner(object, SE_KERNEL_OBJECT)
}

/// The owner of a file, as above.
pub(crate) fn owner_of_file(file: BorrowedHandle<'_>) -> io::Result<Option<String>> {
    owner(file, SE_FILE_OBJECT)
}

fn owner(object: BorrowedHandle<'_>, kind: SE_OBJECT_TYPE) -> io::Result<Option<String>> {
    let (mut owner, mut descriptor) = (null_mut(), null_mut());
    // SAFETY: the handle is open while it is borrowed; the call writes the two that are asked for,
    // and no others are.
    let error = unsafe {
        GetSecurityInfo(
            object.as_raw_handle(),
            kind,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut descriptor,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    let found = if owner.is_null() {
        Ok(None)
    } else {
        // SAFETY: `owner` points into `descriptor`, which is not freed yet.
        unsafe { sid_text(owner) }.map(Some)
    };
    // SAFETY: the call allocated it with `LocalAlloc`, and `owner` is not used any more.
    unsafe { LocalFree(descriptor) };
    found
}
