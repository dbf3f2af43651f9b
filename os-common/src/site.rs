//! Create or open where a name leads to an object of which parts are locked: files.
//!
//! A name appears with an empty object behind it. Whoever then holds the initialisation lock of that
//! object decides what becomes of it:
//!
//! ```text
//!   find or create ─▶ lock it ─▶ does the name still refer to it? ──no──▶ start over
//!                                          │yes
//!                         no bytes ────────┴─────── bytes
//!                      build them: Created         Existing
//! ```
//!
//! So it does not matter who made the name. A creator that dies leaves an empty object and no lock,
//! and the next one to come builds it.

use crate::error::Problem;
use crate::patience::Patience;
use crate::request::{Disposition, MIN_LEN, Origin, Request};

/// A name in the file system. It may refer to another object at any time, except that nobody who
/// keeps the rules removes an object without holding its initialisation lock.
pub trait Site {
    /// What the name refers to, opened.
    type Object;
    /// The initialisation lock, held until it is dropped or until the object is closed.
    type Lock;
    /// The bytes of the segment.
    type Bytes;

    /// Opens what is there. `None` if nothing is, or not yet.
    ///
    /// # Errors
    ///
    /// What is there may not be opened.
    fn find(&self) -> Result<Option<Self::Object>, Problem>;

    /// Makes an empty object. `None` if there is one.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    fn create(&self, request: &Request<'_>) -> Result<Option<Self::Object>, Problem>;

    /// Whether this process may believe `object` to be a segment.
    ///
    /// # Errors
    ///
    /// Why not.
    fn check(&self, object: &Self::Object, request: &Request<'_>) -> Result<(), Problem>;

    /// The bytes behind `object`; `None` as long as nobody built them.
    ///
    /// # Errors
    ///
    /// This process cannot get at them.
    fn bytes(&self, object: &Self::Object) -> Result<Option<Self::Bytes>, Problem>;

    /// Whether these can be a segment.
    ///
    /// # Errors
    ///
    /// They are too few.
    fn check_bytes(&self, bytes: &Self::Bytes) -> Result<(), Problem>;

    /// Takes the initialisation lock if it is free.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn try_lock(&self, object: &Self::Object) -> Result<Option<Self::Lock>, Problem>;

    /// Whether the name refers to `object` and to nothing else.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn refers_to(&self, object: &Self::Object) -> Result<bool, Problem>;

    /// Makes `len` bytes behind the empty `object`: all of them or none, also if this process is
    /// killed meanwhile. Its initialisation lock is held.
    ///
    /// # Errors
    ///
    /// There is not enough room, for one.
    fn build(
        &self,
        object: &Self::Object,
        len: u64,
        request: &Request<'_>,
    ) -> Result<Self::Bytes, Problem>;

    /// Takes the name away if it refers to `object`. Its initialisation lock is held.
    ///
    /// # Errors
    ///
    /// This user may not.
    fn remove(&self, object: &Self::Object) -> Result<(), Problem>;
}

/// What [`settle`] found or made.
#[derive(Debug)]
pub struct Settled<S: Site> {
    /// What the name refers to.
    pub object: S::Object,
    /// Its initialisation lock.
    pub lock: S::Lock,
    /// The bytes of the segment.
    pub bytes: S::Bytes,
    /// Whether they are new.
    pub origin: Origin,
}

/// Finds or makes what `request` asks for at `site`, and takes its initialisation lock.
///
/// # Errors
///
/// A [`Problem`] for everything that can be in the way.
pub fn settle<S: Site>(site: &S, request: &Request<'_>) -> Result<Settled<S>, Problem> {
    let mut patience = Patience::new(request.lock_timeout);
    loop {
        let found = match site.find()? {
            Some(object) => Some(object),
            None if request.disposition == Disposition::OpenExisting => {
                return Err(Problem::NotFound);
            }
            None => site.create(request)?,
        };
        if let Some(object) = found {
            site.check(&object, request)?;
            if request.disposition == Disposition::CreateNew && site.bytes(&object)?.is_some() {
                return Err(Problem::AlreadyExists);
            }
            if let Some(lock) = site.try_lock(&object)?
                && site.refers_to(&object)?
            {
                return decide(site, object, lock, request);
            }
        }
        // Somebody else builds it, or removed it after it was found, or made it after it was not.
        patience.pause()?;
    }
}

/// What becomes of `object`, now that nobody else can build or remove it.
fn decide<S: Site>(
    site: &S,
    object: S::Object,
    lock: S::Lock,
    request: &Request<'_>,
) -> Result<Settled<S>, Problem> {
    let (bytes, origin) = match (site.bytes(&object)?, request.disposition) {
        (None, Disposition::OpenExisting) => return Err(Problem::NotFound),
        (None, _) => {
            let built = site.build(&object, request.len.max(MIN_LEN), request);
            // Where it failed: those who wait for the lock find the name gone and start over.
            let built = built.inspect_err(|_| drop(site.remove(&object)));
            (built?, Origin::Created)
        }
        (Some(_), Disposition::CreateNew) => return Err(Problem::AlreadyExists),
        (Some(bytes), _) => {
            site.check_bytes(&bytes)?;
            (bytes, Origin::Existing)
        }
    };
    Ok(Settled {
        object,
        lock,
        bytes,
        origin,
    })
}
