//! Whether ringway is as fast as the fastest of the others.

use crate::cases::PEERS;
use crate::figures::ratio;
use ringway_benches::compare::claim::Target;
use ringway_benches::compare::placement::Placement;
use ringway_benches::compare::rounds::Results;
use ringway_benches::compare::spread::Spread;
use ringway_benches::compare::table;

/// What ringway must reach.
pub(crate) const MUST: Target = Target::AtLeast(1.0);
/// What it wants to reach.
pub(crate) const GOAL: Target = Target::AtLeast(1.3);

/// Ringway in one case and one placement.
pub(crate) struct Verdict {
    pub(crate) case: String,
    pub(crate) placement: Placement,
    /// The peer whose median is the best.
    pub(crate) fastest: &'static str,
    /// How many times as fast as that one ringway is.
    pub(crate) ratio: Spread,
    /// And as the best of each round: less, for of several that vary one is always lucky.
    pub(crate) against_best: Option<Spread>,
}

/// The verdicts of all cases in which ringway takes part.
pub(crate) fn all(results: &[Results<'_>]) -> Vec<Verdict> {
    let each = results.iter().flat_map(|results| {
        let placements = Placement::ALL.into_iter();
        placements.filter_map(move |placement| one(results, placement))
    });
    each.collect()
}

fn one(results: &Results<'_>, placement: Placement) -> Option<Verdict> {
    let median = |peer| Some(Spread::of(results.values(peer, placement).flatten())?.median);
    let peers = PEERS
        .into_iter()
        .filter_map(|peer| Some((peer, median(peer)?)));
    let (fastest, _) = peers.max_by(|one, two| one.1.total_cmp(&two.1))?;
    Some(Verdict {
        case: results.case.name.clone(),
        placement,
        fastest,
        ratio: ratio(results, &[fastest], placement)?,
        against_best: ratio(results, &PEERS, placement),
    })
}

const HEADS: [&str; 9] = [
    "verdict",
    "placement",
    "fastest peer",
    " rounds",
    " ringway/it",
    " quartiles",
    "must",
    "goal",
    " against the best of each round",
];

/// Prints a line for each verdict.
pub(crate) fn print(results: &[Results<'_>]) {
    let line = |verdict: Verdict| {
        let ratio = verdict.ratio;
        let judged = |target: Target| format!("{target} {}", target.verdict(ratio.median));
        let against_best = verdict.against_best;
        vec![
            verdict.case,
            verdict.placement.to_string(),
            verdict.fastest.to_owned(),
            ratio.count.to_string(),
            format!("{:.2}", ratio.median),
            format!("{:.2} .. {:.2}", ratio.low, ratio.high),
            judged(MUST),
            judged(GOAL),
            against_best.map_or_else(String::new, |best| format!("{:.2}", best.median)),
        ]
    };
    let lines: Vec<_> = all(results).into_iter().map(line).collect();
    if !lines.is_empty() {
        table::print(&HEADS, &lines);
    }
}
