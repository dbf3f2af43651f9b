//! See `ringway_fuzz::model`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ringway_fuzz::model::run(input));
