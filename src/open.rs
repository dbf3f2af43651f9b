//! Create or open: which segment an endpoint joins, and when it makes a new one.
//!
//! ```text
//!   open or create, take the initialisation lock
//!        │
//!        ├─ new, or its builder died ──▶ build ──┐
//!        ├─ in use, persistent, or messages wait ┼─▶ claim an end ─▶ give the lock back
//!        ├─ nobody is attached ──▶ remove it, begin again
//!        └─ no segment at all ──▶ error
//! ```

use crate::attachment::{Attachment, remove};
use crate::os::{Disposition, OpenError, Origin, Place, Problem, Request, Segment};
use ringway_core::attach::AttachError;
use ringway_core::inspect::{Condition, condition};
use ringway_core::layout::Unfit;
use ringway_core::platform::Platform;
use ringway_core::region::Memory;

/// How often to begin again when others create and remove the segment at the same time. Each time
/// one of them has got on.
const ATTEMPTS: u32 = 1_000;

/// Finds or makes the segment of `request`, and gives it to `claim` while nobody else can build,
/// replace or remove it.
pub(crate) fn open<R>(
    request: &Request<'_>,
    claim: impl FnOnce(Attachment) -> Result<R, AttachError>,
) -> Result<R, OpenError> {
    let segment = find(request)?;
    claim(Attachment::new(segment)).map_err(|error| unfit(request.place, error))
}

fn find(request: &Request<'_>) -> Result<Segment, OpenError> {
    let fail = |problem| Err(OpenError::new(request.place, problem));
    // What nobody uses any more may be replaced, also where a new segment was asked for.
    let disposition = match request.disposition {
        Disposition::CreateNew => Disposition::CreateOrOpen,
        other => other,
    };
    for _ in 0..ATTEMPTS {
        let (segment, origin) = Segment::open(&Request {
            disposition,
            ..*request
        })?;
        if origin == Origin::Created {
            return Ok(segment);
        }
        let wants_existing = request.disposition == Disposition::OpenExisting;
        match condition(segment.memory(), &segment) {
            Condition::InUse | Condition::Persistent | Condition::Waiting { .. } => {
                if request.disposition == Disposition::CreateNew {
                    return fail(Problem::AlreadyExists);
                }
                return Ok(segment);
            }
            Condition::Unusable(reason) => return Err(unfit(request.place, reason)),
            Condition::Unbuilt if wants_existing => return fail(Problem::NotFound),
            Condition::Unbuilt if segment.memory().len() as u64 >= request.len => {
                return Ok(segment);
            }
            Condition::Unbuilt | Condition::Abandoned => {}
        }
        if matches!(request.place, Place::Handle(_)) {
            return Err(unfit(request.place, Unfit::Retired));
        }
        remove(&segment)?;
        if wants_existing {
            return fail(Problem::NotFound);
        }
    }
    Err(unfit(request.place, Unfit::Unfinished))
}

/// The segment at `place` is not what is wanted.
pub(crate) fn unfit(place: &Place, reason: impl Into<AttachError>) -> OpenError {
    OpenError::new(place, Problem::Attach(Box::new(reason.into())))
}
