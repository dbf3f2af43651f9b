//! Where a segment is.

use crate::os::{OpenError, Place, Problem};
use std::path::{Path, PathBuf};

/// What can say where a channel or an object is: text is a name, a path is a file, and a [`Place`]
/// is any place.
///
/// ```
/// # let id = std::process::id();
/// let ready = ringway::event(format!("ready-{id}")).open()?; // `&str` and `&String` as well
/// let file = std::env::temp_dir().join(format!("done-{id}"));
/// let done = ringway::event(&file).open()?;                  // `PathBuf` and `&Path` as well
/// # drop(done);
/// # Ok::<(), ringway::OpenError>(())
/// ```
pub trait IntoPlace {
    /// The place, or why it is none.
    ///
    /// # Errors
    ///
    /// A name that breaks a rule for names.
    fn into_place(self) -> Result<Place, OpenError>;
}

impl IntoPlace for &str {
    fn into_place(self) -> Result<Place, OpenError> {
        Place::try_from(self).map_err(|error| {
            OpenError::new(format_args!("segment {self:?}"), Problem::BadName(error))
        })
    }
}
impl IntoPlace for &String {
    fn into_place(self) -> Result<Place, OpenError> {
        self.as_str().into_place()
    }
}
impl IntoPlace for String {
    fn into_place(self) -> Result<Place, OpenError> {
        self.as_str().into_place()
    }
}
impl IntoPlace for &PathBuf {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self.as_path().into())
    }
}
impl IntoPlace for &Path {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self.into())
    }
}
impl IntoPlace for PathBuf {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self.into())
    }
}
impl IntoPlace for Place {
    fn into_place(self) -> Result<Place, OpenError> {
        Ok(self)
    }
}
