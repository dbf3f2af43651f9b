//! What the errors say: both numbers, and what to do.

use ringway::{
    Framed, OpenError, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySendError, mpmc, spsc,
};
use ringway_testkit::UniqueName;
use std::fmt::Display;

/// `error` says all of `parts`, in this order.
#[track_caller]
fn says(error: impl Display, parts: &[&str]) {
    let text = error.to_string();
    let mut rest = text.as_str();
    for part in parts {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part:?} is missing, or too early, in: {text}"));
        rest = behind;
    }
}

#[track_caller]
fn refused<E>(opened: Result<E, OpenError>, parts: &[&str]) {
    says(opened.map(drop).expect_err("it should be refused"), parts);
}

#[test]
fn a_message_that_is_too_long_to_send() {
    let parts = ["5000 bytes", "at most 1024", "`max_len`", "`capacity`"];
    let (value, len, max) = ((), 5000, 1024);
    says(SendError::TooLong { value, len, max }, &parts);
    says(TrySendError::TooLong { value, len, max }, &parts);
    says(SendTimeoutError::TooLong { value, len, max }, &parts);
}

#[test]
fn a_message_beyond_the_limit() {
    let parts = [
        "5000 bytes",
        "limit of this receiver is 1024",
        "higher `limit`",
    ];
    let (len, limit) = (5000, 1024);
    says(RecvError::TooLong { len, limit }, &parts);
    says(TryRecvError::TooLong { len, limit }, &parts);
    says(RecvTimeoutError::TooLong { len, limit }, &parts);
}

#[test]
fn a_buffer_that_is_too_small() {
    let parts = ["5000 bytes", "room for 1024", "larger one"];
    let (len, buffer) = (5000, 1024);
    says(RecvError::ShortBuffer { len, buffer }, &parts);
    says(TryRecvError::ShortBuffer { len, buffer }, &parts);
    says(RecvTimeoutError::ShortBuffer { len, buffer }, &parts);
}

#[test]
fn a_channel_of_items_where_bytes_are_expected() {
    let name = UniqueName::new("items");
    let _tx = spsc::<u64>(name.as_str()).sender().unwrap();
    let parts = [
        "spsc channel",
        "expects an spsc channel of bytes",
        "own name",
    ];
    refused(spsc::<[u8]>(name.as_str()).receiver(), &parts);
    let parts = ["holds an spsc channel", "expects a pipe;", "own name"];
    refused(ringway::pipe(name.as_str()).reader(), &parts);

    let name = UniqueName::new("items");
    let _tx = mpmc::<u64>(name.as_str()).sender().unwrap();
    let parts = ["items of type `u64`", "expects `[u8]`", "the same type"];
    refused(mpmc::<[u8]>(name.as_str()).receiver(), &parts);
}

#[test]
fn another_type_in_the_bytes() {
    let name = UniqueName::new("framed");
    let _tx = spsc::<[u8]>(name.as_str()).sender().unwrap();
    let parts = [
        "type `[u8]`",
        "expects `Framed<[u32], 0 + 4n>`",
        "the same type",
    ];
    refused(spsc::<Framed<[u32]>>(name.as_str()).receiver(), &parts);
}

#[test]
fn an_alignment_that_no_message_has() {
    let name = UniqueName::new("aligned");
    let parts = [
        "`Framed<[u128], 0 + 16n>`",
        "aligned to 8 bytes",
        "this type to more",
    ];
    refused(spsc::<Framed<[u128]>>(name.as_str()).receiver(), &parts);
}

#[test]
fn another_max_len() {
    let name = UniqueName::new("max-len");
    let _tx = mpmc::<[u8]>(name.as_str()).max_len(100).sender().unwrap();
    let parts = ["a max_len of 104", "asks for 200", "ask for the same"];
    refused(mpmc::<[u8]>(name.as_str()).max_len(200).receiver(), &parts);
    let parts = ["a max_len of 16777217", "possible are 0 to 16777216"];
    refused(
        mpmc::<[u8]>(name.as_str())
            .max_len((16 << 20) + 1)
            .receiver(),
        &parts,
    );
}

#[test]
fn another_capacity() {
    let name = UniqueName::new("capacity");
    let _tx = spsc::<[u8]>(name.as_str()).capacity(4096).sender().unwrap();
    let opened = spsc::<[u8]>(name.as_str()).capacity(8192).receiver();
    refused(
        opened,
        &["made for 4096 bytes", "asks for 8192", "same capacity"],
    );
}
