//! The directory of this user's lock files.

use crate::sys;
use ringway_os_common::Problem;
use ringway_os_common::unix::problem::{from_errno, on, on_io, permissions, user};
use rustix::fs::{FileType, Mode, lstat, mkdir};
use rustix::io::Errno;
use std::path::PathBuf;

const NAME: &str = "ringway";

/// The directory, which only this user can look into or change; it is made if there is none.
///
/// It is in the user's cache directory, which the system makes for each user and, other than
/// `/tmp`, does not clear while it runs: a lock file that went would split those who come later
/// from those who have it open. So a name means something to one user only, and for a program in a
/// sandbox, which has a cache directory of its own, to that sandbox.
pub(crate) fn directory() -> Result<PathBuf, Problem> {
    let path = sys::cache_directory()
        .map_err(on_io("confstr(_CS_DARWIN_USER_CACHE_DIR)"))?
        .join(NAME);
    match mkdir(&path, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(Errno::NOENT) => {
            return Err(Problem::NoDirectory { directory: path });
        }
        Err(errno) => return Err(from_errno("make the directory for", errno)),
    }
    check(path)
}

fn check(path: PathBuf) -> Result<PathBuf, Problem> {
    let stat = lstat(&path).map_err(on("lstat"))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {}
        FileType::Symlink => return Err(Problem::SymbolicLink),
        _ => return Err(from_errno("opening its directory", Errno::NOTDIR)),
    }
    if stat.st_uid != user() {
        return Err(Problem::ForeignOwner {
            found: stat.st_uid.into(),
            expected: user().into(),
        });
    }
    let mode = permissions(&stat);
    if mode & 0o077 != 0 {
        return Err(Problem::ExposedDirectory {
            directory: path,
            mode,
        });
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    #[test]
    fn only_a_private_directory_will_do() {
        let base = std::env::temp_dir().join(format!("ringway-directory-{}", std::process::id()));
        fs::create_dir(&base).unwrap();
        let path = base.join("it");

        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o750)).unwrap();
        let exposed = check(path.clone()).unwrap_err();
        assert!(matches!(
            exposed,
            Problem::ExposedDirectory { mode: 0o750, .. }
        ));
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(check(path.clone()).unwrap(), path);

        if user() == 0 {
            chown(&path, Some(12345), None).unwrap();
            let foreign = check(path.clone()).unwrap_err();
            assert!(matches!(foreign, Problem::ForeignOwner { .. }), "{foreign}");
            chown(&path, Some(0), None).unwrap();
        }

        let link = base.join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(check(link).unwrap_err(), Problem::SymbolicLink));
        let file = base.join("file");
        fs::write(&file, "x").unwrap();
        assert!(matches!(check(file).unwrap_err(), Problem::System { .. }));
        fs::remove_dir_all(&base).unwrap();
    }
}
