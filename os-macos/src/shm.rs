//! Shared-memory objects: their names, and the records that lead to them.

use crate::sys;
use ringway_os_common::Problem;
use ringway_os_common::unix::fill;
use ringway_os_common::unix::problem::{from_errno, on, user};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, Result as IoResult, pread, pwrite, retry_on_intr};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What sizes of objects are multiples of: a page of Apple's own processors. On Intel's a page is
/// a quarter of it, which does no harm.
pub(crate) const PAGE: u64 = 16 * 1024;

const DIGITS: usize = 20;
const PREFIX: &str = "/ringway.";

/// A record: the name of an object, and the end of the line.
const RECORD: usize = PREFIX.len() + DIGITS + 1;

/// The longest name that macOS takes: 31 bytes with the zero behind it.
const LONGEST: usize = 30;
const _: () = assert!(PREFIX.len() + DIGITS <= LONGEST);

/// Twenty random hexadecimal digits. Nobody else can have made an object of that name by chance, or
/// before we did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id([u8; DIGITS]);

impl Id {
    pub(crate) const LEN: usize = DIGITS;

    pub(crate) fn random() -> Result<Self, Problem> {
        let mut bytes = [0; DIGITS / 2];
        fill(&mut bytes)?;
        let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
        let digits = core::array::from_fn(|at| digit(bytes[at / 2] >> (4 * (at % 2))));
        Ok(Id(digits))
    }

    pub(crate) fn bytes(&self) -> &[u8; DIGITS] {
        &self.0
    }

    pub(crate) fn parse(digits: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        let digits = digits.try_into().ok().map(Id)?;
        digits.0.iter().all(is_digit).then_some(digits)
    }

    /// The name of the object.
    pub(crate) fn name(&self) -> String {
        format!("{PREFIX}{self}")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

/// Which object the lock file `file` leads to; `None` if it is empty.
pub(crate) fn read_record(file: BorrowedFd<'_>) -> Result<Option<Id>, Problem> {
    let mut record = [0; RECORD + 1];
    let len = retry_on_intr(|| pread(file, &mut record, 0)).map_err(on("reading its record"))?;
    if len == 0 {
        return Ok(None);
    }
    let line = record[..len].strip_suffix(b"\n");
    let digits = line.and_then(|line| line.strip_prefix(PREFIX.as_bytes()));
    match digits.and_then(Id::parse) {
        Some(id) => Ok(Some(id)),
        None => Err(Problem::BadRecord),
    }
}

/// Writes into the lock file `file` that it leads to the object `id`.
pub(crate) fn write_record(file: BorrowedFd<'_>, id: Id) -> IoResult<()> {
    let record = format!("{}\n", id.name());
    let written = retry_on_intr(|| pwrite(file, record.as_bytes(), 0))?;
    if written == record.len() {
        Ok(())
    } else {
        Err(Errno::NOSPC)
    }
}

/// A new object of at least `len` bytes. Of one that cannot have them nothing is left.
///
/// Its permissions are exactly `mode`: no umask applies. Its memory is not reserved, since nothing
/// can; macOS makes swap space as it is needed.
pub(crate) fn create(id: Id, len: u64, mode: Mode) -> Result<(OwnedFd, u64), Problem> {
    let no_space = || Problem::NoSpace {
        asked: len,
        directory: None,
    };
    let len = len.checked_next_multiple_of(PAGE).ok_or_else(no_space)?;
    let object = sys::shm_open(
        &id.name(),
        OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
        mode,
    )
    .map_err(on("shm_open"))?;
    let sized = sys::shm_set_size(object.as_fd(), len).map_err(|errno| match errno {
        Errno::NOMEM | Errno::NOSPC | Errno::FBIG => no_space(),
        other => from_errno("ftruncate", other),
    });
    match sized {
        Ok(()) => Ok((object, len)),
        Err(problem) => {
            let _ = remove(id);
            Err(problem)
        }
    }
}

/// Opens the object `id`; `None` if there is none. Says how many bytes it has.
pub(crate) fn open(id: Id, access: OFlags) -> Result<Option<(OwnedFd, u64)>, Problem> {
    let object = match sys::shm_open(&id.name(), access, Mode::empty()) {
        Ok(object) => object,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(from_errno("open", errno)),
    };
    let len = size(object.as_fd())?;
    Ok(Some((object, len)))
}

/// The size of an object that belongs to this user or to root.
pub(crate) fn size(object: BorrowedFd<'_>) -> Result<u64, Problem> {
    let found = sys::shm_stat(object).map_err(on("fstat"))?;
    if found.owner != user() && found.owner != 0 {
        return Err(Problem::ForeignOwner {
            found: found.owner.into(),
            expected: user().into(),
        });
    }
    Ok(found.len)
}

/// Removes the object `id`; no error if there is none.
pub(crate) fn remove(id: Id) -> IoResult<()> {
    match sys::shm_unlink(&id.name()) {
        Err(Errno::NOENT) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::fstat;

    #[test]
    fn ids_are_random_and_read_back() {
        let (one, two) = (Id::random().unwrap(), Id::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(Id::parse(one.bytes()), Some(one));
        assert!(one.name().len() <= LONGEST);
        for bad in ["", "123", "0123456789abcdef012G", "0123456789abcdef01234"] {
            assert_eq!(Id::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn record_leads_back_to_the_object_and_nothing_else_is_one() {
        let path = std::env::temp_dir().join(format!("ringway-record-{}", std::process::id()));
        let file = std::fs::File::create_new(&path).unwrap();
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .and(Ok(file));
        let (read, id) = (std::fs::File::open(&path).unwrap(), Id::random().unwrap());
        let found = || read_record(read.as_fd());
        assert_eq!(found().unwrap(), None);
        write_record(file.unwrap().as_fd(), id).unwrap();
        assert_eq!(found().unwrap(), Some(id));
        let whole = std::fs::read_to_string(&path).unwrap();
        for bad in ["a note", &whole[1..], &format!("{whole}x"), &whole[..29]] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(found(), Err(Problem::BadRecord)), "{bad:?}");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn sizes_are_whole_pages_and_too_much_is_an_error() {
        let id = Id::random().unwrap();
        let (object, len) = create(id, 1, Mode::RUSR | Mode::WUSR).unwrap();
        assert_eq!(len, PAGE);
        assert_eq!(fstat(&object).unwrap().st_size as u64, PAGE);
        assert_eq!(open(id, OFlags::RDWR).unwrap().unwrap().1, PAGE);
        remove(id).unwrap();
        remove(id).unwrap();
        assert!(open(id, OFlags::RDWR).unwrap().is_none());
        for asked in [u64::MAX, u64::MAX - 2 * PAGE] {
            let refused = create(id, asked, Mode::RUSR | Mode::WUSR).unwrap_err();
            assert!(matches!(refused, Problem::NoSpace { .. }), "{refused}");
        }
        assert!(open(id, OFlags::RDWR).unwrap().is_none());
    }
}
