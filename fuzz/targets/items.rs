//! See `ringway_fuzz::items`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ringway_fuzz::items::run(input));
