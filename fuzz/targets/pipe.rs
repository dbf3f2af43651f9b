//! See `ringway_fuzz::pipe`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ringway_fuzz::pipe::run(input));
