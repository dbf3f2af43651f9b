//! Where a segment is.

use crate::os::{OpenError, Place, Problem};
use std::path::{Path, PathBuf};

/// What can say where a channel or an object is.
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
