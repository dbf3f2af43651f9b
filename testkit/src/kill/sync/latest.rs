//! A value of which the newest is read: several words that are all the same number.

use super::set::{Killed, Living, SOON, Set};
use super::{Case, case, demand, slow};
use crate::kill::Finding;
use crate::os::Segment;
use crate::scenario::Hall;
use ringway_core::handle::{Latest as Handle, LatestCell};
use std::time::Duration;

type Value = [u64; 6];
type Latest<'a> = Handle<Value, &'a Segment>;

ringway_core::shared! {
    /// The value, alone in its segment.
    pub struct Sign {
        value: LatestCell<Value>,
    }
}

const OLD: u64 = 1;
const NEW: u64 = 2;

pub(super) const CASES: &[Case] = &[
    case("write", |set| {
        alone(set, |sign, begin| {
            let mut writer = sign.writer().unwrap();
            begin();
            writer.write(&[NEW; 6]);
            std::mem::forget(writer);
        })
    }),
    case("update", |set| {
        alone(set, |sign, begin| {
            let mut writer = sign.writer().unwrap();
            begin();
            writer.update(|value| *value = [NEW; 6]);
            std::mem::forget(writer);
        })
    }),
    case("taking the writing end", |set| {
        alone(set, |sign, begin| {
            begin();
            std::mem::forget(sign.writer().unwrap());
        })
    }),
    case("dropping the writing end", |set| {
        alone(set, |sign, begin| {
            let writer = sign.writer().unwrap();
            begin();
            drop(writer);
        })
    }),
    case("load", |set| {
        alone(set, |sign, begin| {
            begin();
            assert_eq!(sign.load(), Ok([OLD; 6]));
        })
    }),
    case("wait_newer in vain", |set| {
        alone(set, |sign, begin| {
            begin();
            let waited = sign.wait_newer_timeout(sign.version(), Duration::from_millis(1));
            assert!(waited.is_err());
        })
    }),
    case("wait_newer", awaited),
    slow("write before one who waits", before_another),
];

type Part = fn(&Latest<'_>, &dyn Fn());

fn prepare(set: &Set<'_, '_>) -> Hall<Sign> {
    let hall = set.enter::<Sign>();
    let sign = hall.bind(|sign| &sign.value);
    sign.writer().expect("there is no other").write(&[OLD; 6]);
    hall
}

/// Readers see the old or the new value, and one who comes writes the next.
fn goes_on(set: &Set<'_, '_>, hall: &Hall<Sign>, killed: Killed) -> Result<bool, Finding> {
    let sign = hall.bind(|sign| &sign.value);
    let newcomer = set.enter::<Sign>();
    let other = newcomer.bind(|sign| &sign.value);
    let found = sign.load_versioned();
    let found = found.map_err(|error| Finding::Wedged(format!("load: {error:?}")))?;
    let is_whole = found.value == [OLD; 6] || found.value == [NEW; 6];
    demand(is_whole, || format!("a reader sees {found:?}"))?;
    demand(sign.load() == other.load(), || {
        "two readers differ".to_owned()
    })?;
    let mut version = found.version;
    let writer = other.writer();
    let mut writer = writer.map_err(|error| Finding::Wedged(format!("writer: {error:?}")))?;
    demand(writer.last() == found.value, || {
        "the last was another".to_owned()
    })?;
    for number in 10..20 {
        writer.write(&[number; 6]);
        let next = sign.wait_newer_timeout(version, SOON);
        let next = next.map_err(|error| Finding::Wedged(format!("a later one: {error:?}")))?;
        demand(next.value == [number; 6] && next.version > version, || {
            format!("{next:?} after version {version}")
        })?;
        version = next.version;
    }
    drop(writer);
    demand(sign.writer().is_ok(), || {
        "there is a writer still".to_owned()
    })?;
    Ok(killed.had_ended())
}

fn alone(set: &mut Set<'_, '_>, part: Part) -> Result<bool, Finding> {
    let hall = prepare(set);
    let killed = set.kill(|hall: &Hall<Sign>, stage| {
        let sign = hall.bind(|sign| &sign.value);
        part(&sign, &|| stage.begin());
        stage.end(sign.load().unwrap()[0]);
    })?;
    if let Some(number) = killed.answer {
        let found = hall.bind(|sign| &sign.value).load();
        demand(found == Ok([number; 6]), || {
            format!("{number} was seen, and {found:?}")
        })?;
    }
    goes_on(set, &hall, killed)
}

fn awaited(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set);
    let sign = hall.bind(|sign| &sign.value);
    let mut writer = sign.writer().expect("there is no other");
    let killed = set.kill_asleep(
        |hall: &Hall<Sign>, stage| {
            let sign = hall.bind(|sign| &sign.value);
            let version = sign.version();
            stage.begin();
            let found = sign.wait_newer(version).unwrap();
            stage.end(found.value[0]);
        },
        || {
            writer.write(&[NEW; 6]);
        },
    )?;
    demand(killed.answer.is_none_or(|number| number == NEW), || {
        "it came back for nothing".to_owned()
    })?;
    drop(writer);
    goes_on(set, &hall, killed)
}

fn before_another(set: &mut Set<'_, '_>) -> Result<bool, Finding> {
    let hall = prepare(set);
    let sign = hall.bind(|sign| &sign.value);
    let version = sign.version();
    let name = set.name();
    let mut other = Err(Finding::Wedged("nobody waited".to_owned()));
    let killed = set.kill_from(
        |hall: &Hall<Sign>, stage| {
            let sign = hall.bind(|sign| &sign.value);
            let mut writer = sign.writer().unwrap();
            stage.begin();
            writer.write(&[NEW; 6]);
            stage.end(0);
        },
        || {
            let living = Living::start(&name, |hall: &Hall<Sign>| {
                let sign = hall.bind(|sign| &sign.value);
                sign.wait_newer(version).unwrap().value[0] as u8
            });
            other = living.wait_until_asleep().map(|()| living);
        },
    )?;
    if sign.version() == version {
        demand(!killed.had_ended(), || "nothing was written".to_owned())?;
        let writer = sign.writer();
        let mut writer = writer.map_err(|error| Finding::Wedged(format!("writer: {error:?}")))?;
        writer.write(&[NEW; 6]);
    }
    let told = other?.told()?;
    demand(told == NEW as u8, || format!("one who waited saw {told}"))?;
    goes_on(set, &hall, killed)
}
