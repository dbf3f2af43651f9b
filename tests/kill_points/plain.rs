//! The tests can fail: in the textbook ring every call can be killed where it wedges all others.

use super::work;

#[test]
fn a_plain_ring_is_wedged_by_every_call() {
    let bag = work("Vyukov");
    assert!(bag.sound.is_empty(), "{}", bag.sound.join("\n"));
    assert!(!bag.found.is_empty(), "no case was tried");
    // Where nobody died before, the call does no harm up to where it claims a cell.
    for found in bag.found.iter().filter(|found| found.contains("/Other")) {
        assert!(!found.contains("after 0 sound"), "{found}");
    }
}
