//! Standard input, which may be slow: whoever reads it must be able to look for something else.

#[cfg(not(unix))]
mod threaded;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use threaded::Input;
#[cfg(unix)]
pub(crate) use unix::Input;
