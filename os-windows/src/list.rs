//! Which named segments there are.

use crate::inspect::look_at_named;
use crate::sys::{directory, security};
use ringway_core::region::Memory;
use ringway_os_common::{Listed, Name, User};
use std::io;
use std::os::windows::io::AsHandle;

/// Lists the named segments of this login session in the order of their names.
///
/// # Errors
///
/// Those of reading the session's directory of kernel objects.
pub fn list() -> io::Result<Vec<Listed>> {
    let names = directory::sections()?;
    let mut found: Vec<_> = names
        .iter()
        .filter_map(|name| Name::from_file_name(name))
        .map(listed)
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// What can be found out of it: nothing but the name if it may not be read, or is gone by now.
fn listed(name: Name) -> Listed {
    let Ok((section, (view, _))) = look_at_named(&name) else {
        return Listed::new(name, 0);
    };
    let mut listed = Listed::new(name, view.len() as u64);
    listed.owner = security::owner_of_object(section.as_handle())
        .ok()
        .flatten()
        .map(User::Sid);
    listed
}
