//! The only place that asks which operating system this is.

#[cfg(target_os = "linux")]
pub(crate) use ringway_os_linux::{
    Disposition, Listed, Origin, Request, inspect, list, remove_debris,
};
#[cfg(target_os = "linux")]
pub use ringway_os_linux::{Name, NameError, OpenError, Place, Problem, Segment, handover};

#[cfg(not(target_os = "linux"))]
compile_error!(
    "ringway has an adapter for Linux only so far; `ringway-core` builds everywhere and takes an \
     adapter of your own (`ringway_core::platform::Platform`)"
);
