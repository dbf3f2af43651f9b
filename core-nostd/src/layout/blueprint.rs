//! What a segment is to be, where its parts then lie, and why one that exists may not fit.

use super::header::{Header, PARKING_OFFSET};
use super::participants::Participant;
use super::{ABI_VERSION, Kind, TypeTag};
use crate::plain::Plain;
use crate::region::{ALIGN, Overlay};
use crate::ring::Shape;
#[cfg(not(ringway_loom))]
use crate::ring::mpmc;
use crate::ring::{frames, ranges, spsc};
use crate::wait::parking::Lot;
use core::fmt;

/// What an endpoint wants its segment to be.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// What the segment holds.
    pub kind: Kind,
    /// The type of the items, or of the object.
    pub item: TypeTag,
    /// How the items lie; [`Shape::NONE`] of an object.
    pub shape: Shape,
    /// How many items must fit, or, in a ring [of bytes](Kind::is_of_bytes), how many bytes the ring
    /// has; `None` takes what is there, and in a new segment [`Blueprint::DEFAULT_CAPACITY`],
    /// [`Blueprint::DEFAULT_BYTES`] or [`Blueprint::DEFAULT_PIPE`].
    pub capacity: Option<u32>,
    /// Whether each message has a length of its own: the size of the items is the longest then.
    pub any_length: bool,
    /// Whether the size of the items is only for a new segment, and that of one that is there is
    /// welcome, too.
    pub any_size: bool,
    /// How many ends can be attached at a time, of both roles together; `None` takes what is there,
    /// and [`Blueprint::DEFAULT_HANDLES`] in a new segment. An SPSC channel has two. Of an object,
    /// how many attachments there can be at a time.
    pub handles: Option<u32>,
    /// How many wait slots the segment has, as its platform needs them
    /// ([`WAIT_SLOTS`](crate::platform::Platform::WAIT_SLOTS)): none, or
    /// [`WAIT_SLOTS`](crate::wait::parking::WAIT_SLOTS).
    pub wait_slots: u32,
    /// Whether unread items, or the object, outlive the processes.
    pub persistent: bool,
}

/// Where everything lies in one segment: validated once, then kept in private memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// What the segment holds.
    pub kind: Kind,
    /// How the items lie; [`Shape::NONE`] of an object.
    pub shape: Shape,
    /// Cells in the ring, a power of two; 0 of an object.
    pub cells: u32,
    /// Wait slots, between the header and the participant table.
    pub wait_slots: u32,
    /// Entries in the participant table.
    pub participants: u32,
    /// Offset of the control words, or of the object, in bytes.
    pub object_offset: usize,
    /// Offset of the first cell, in bytes; of an object the same as `object_offset`.
    pub data_offset: usize,
    /// Bytes in all.
    pub total_len: u64,
    /// Whether unread items, or the object, outlive the processes.
    pub persistent: bool,
}

impl Blueprint {
    /// Items that fit in a channel of which nobody said how many.
    pub const DEFAULT_CAPACITY: u32 = 1024;

    /// Bytes of a ring of bytes of which nobody said how many.
    pub const DEFAULT_BYTES: u32 = 1 << 20;

    /// Bytes of a pipe of which nobody said how many: it is fastest when it and what goes in and out
    /// fit into the caches next to the processor.
    pub const DEFAULT_PIPE: u32 = 256 << 10;

    /// The longest message of bytes in a channel whose cells hold one each, and of which nobody said
    /// how long.
    pub const DEFAULT_MAX_LEN: u32 = 1024;

    /// Ends that fit in a channel of which nobody said how many.
    pub const DEFAULT_HANDLES: u32 = 64;

    /// The most ends that fit in a channel.
    pub const MAX_HANDLES: u32 = 1024;

    /// A channel of `T` from one sender to one receiver.
    ///
    /// # Errors
    ///
    /// [`Unfit::Item`] if `T` is larger than 16 MiB or aligned to more than 128 bytes.
    pub fn spsc<T: Plain>() -> Result<Self, Unfit> {
        Self::of::<T>(Kind::Spsc)
    }

    /// A channel of `T` of any kind.
    ///
    /// # Errors
    ///
    /// As [`spsc`](Blueprint::spsc).
    pub fn of<T: Plain>(kind: Kind) -> Result<Self, Unfit> {
        let item = TypeTag::of::<T>();
        let Some(shape) = kind.shape_of(item.size, item.align) else {
            return Err(Unfit::Item { item });
        };
        Ok(Blueprint {
            kind,
            item,
            shape,
            capacity: None,
            any_length: false,
            any_size: false,
            handles: None,
            wait_slots: 0,
            persistent: false,
        })
    }

    /// A channel of messages of bytes, or a pipe, of any kind. Of a [stamped](Kind::is_stamped) kind
    /// each cell holds a message of up to `max_len` bytes, rounded up to a multiple of 8; if that is
    /// not said, one that is there may have any, and a new one has
    /// [`DEFAULT_MAX_LEN`](Blueprint::DEFAULT_MAX_LEN). Others have no such limit.
    ///
    /// # Errors
    ///
    /// [`Unfit::OutOfRange`] if `max_len` is more than 16 MiB.
    pub fn of_bytes(kind: Kind, max_len: Option<u32>) -> Result<Self, Unfit> {
        let (size, align) = match kind {
            Kind::SpscBytes => (1, 8),
            Kind::MpscBytes => (1, 64),
            Kind::Pipe => (1, 1),
            _ => {
                let asked = max_len.unwrap_or(Self::DEFAULT_MAX_LEN);
                (asked.checked_next_multiple_of(8).unwrap_or(u32::MAX), 8)
            }
        };
        let Some(shape) = kind.shape_of(u64::from(size), align) else {
            return Err(Unfit::OutOfRange {
                what: "max_len",
                asked: u64::from(max_len.unwrap_or(size)),
                least: 0,
                most: u64::from(Shape::MAX_ITEM),
            });
        };
        Ok(Blueprint {
            kind,
            item: TypeTag::of_bytes(size as usize, align as usize),
            shape,
            capacity: None,
            any_length: true,
            any_size: max_len.is_none(),
            handles: None,
            wait_slots: 0,
            persistent: false,
        })
    }

    #[cfg(not(ringway_loom))]
    /// The same for messages of bytes in which values of a type stand, whose name is `path`.
    #[cfg(not(ringway_loom))]
    pub(crate) fn named(self, path: &str) -> Self {
        let TypeTag { size, align, .. } = self.item;
        Blueprint {
            item: TypeTag::new(path, size as usize, align as usize),
            ..self
        }
    }

    /// How many bytes a [`Room`](crate::region::Room) has for a channel of at least `items` times
    /// `T`, to which `handles` ends can be attached at a time: 2 of [`Kind::Spsc`].
    ///
    /// # Panics
    ///
    /// There is no such channel. Where it is a constant, that does not compile.
    #[must_use]
    pub const fn room<T: Plain>(kind: Kind, items: u32, handles: u32) -> usize {
        assert!(
            kind.is_channel() && !kind.is_of_bytes() && kind.allows(handles),
            "an mpsc, spmc or mpmc channel has 2 to 1024 handles, an spsc channel 2"
        );
        let Some(shape) = kind.shape_of(size_of::<T>() as u64, align_of::<T>() as u32) else {
            panic!("an item of a channel has at most 16 MiB and an alignment of at most 128");
        };
        let Some(cells) = shape.cells_for(items) else {
            panic!("a channel has at least 1 item and at most as many as its positions can count");
        };
        Self::room_for(kind, shape, cells, handles)
    }

    /// How many bytes a [`Room`](crate::region::Room) has for a channel of messages of bytes, to which
    /// `handles` ends can be attached at a time: 2 of [`Kind::SpscBytes`]. Its ring has at least
    /// `capacity` bytes; of [`Kind::Spmc`] and [`Kind::Mpmc`], at least `capacity` messages of up to
    /// `max_len` bytes, which is of no meaning to the others.
    ///
    /// # Panics
    ///
    /// As [`room`](Blueprint::room).
    #[must_use]
    pub const fn room_of_bytes(kind: Kind, capacity: u32, max_len: u32, handles: u32) -> usize {
        assert!(
            kind.is_channel() && !matches!(kind, Kind::Spsc | Kind::Mpsc) && kind.allows(handles),
            "an mpsc, spmc or mpmc channel of bytes has 2 to 1024 handles, an spsc channel 2"
        );
        let size = (max_len as u64).next_multiple_of(8);
        let Some(shape) = kind.shape_of(if kind.is_of_bytes() { 1 } else { size }, 8) else {
            panic!("a message in a cell has at most 16 MiB");
        };
        let Some(cells) = shape.cells_for(capacity) else {
            panic!(
                "a channel has at least 1 message and at most as many as its positions can count"
            );
        };
        Self::room_for(kind, shape, cells, handles)
    }

    const fn room_for(kind: Kind, shape: Shape, cells: u32, handles: u32) -> usize {
        let cells = if cells < kind.least_cells() {
            kind.least_cells()
        } else {
            cells
        };
        Geometry::new(kind, shape, cells, 0, handles, true).total_len as usize
    }

    /// An object of type `S`.
    #[must_use]
    pub fn object<S: Overlay>() -> Self {
        const {
            assert!(
                align_of::<S>() <= ALIGN,
                "an object has an alignment of at most 128"
            );
        }
        Blueprint {
            kind: Kind::Object,
            item: TypeTag::of_object::<S>(),
            shape: Shape::NONE,
            capacity: None,
            any_length: false,
            any_size: false,
            handles: None,
            wait_slots: 0,
            persistent: false,
        }
    }

    /// The same with twice the cells, if positions can count so many.
    #[must_use]
    pub fn doubled(&self) -> Option<Self> {
        let cells = self.geometry().ok()?.cells.checked_mul(2)?;
        let capacity = self
            .kind
            .fits(&self.shape, cells)
            .then(|| self.shape.capacity(cells))?;
        Some(Blueprint {
            capacity: Some(capacity),
            ..self.clone()
        })
    }

    /// The same with the largest ring that fits into `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Unfit::Room`] if not even one item fits, and those of [`geometry`](Blueprint::geometry).
    pub fn filling(&self, len: u64) -> Result<Self, Unfit> {
        let mut blueprint = Blueprint {
            capacity: Some(1),
            ..self.clone()
        };
        let least = blueprint.geometry()?.total_len;
        if least > len {
            return Err(Unfit::Room { found: len, least });
        }
        while let Some(larger) = blueprint.doubled() {
            if larger.geometry()?.total_len > len {
                break;
            }
            blueprint = larger;
        }
        Ok(blueprint)
    }

    /// Where everything lies in a new segment.
    ///
    /// # Errors
    ///
    /// [`Unfit::Capacity`] if the capacity is 0 or more than positions can count,
    /// [`Unfit::Handles`] if there are too few or too many.
    pub fn geometry(&self) -> Result<Geometry, Unfit> {
        let participants = self.participants()?;
        if !self.kind.is_channel() {
            let unfit = || Unfit::Item {
                item: self.item.clone(),
            };
            let size = self.item.size;
            return Geometry::object(size, self.wait_slots, participants, self.persistent)
                .ok_or_else(unfit);
        }
        let capacity = self.capacity.unwrap_or(match self.kind {
            Kind::Pipe => Self::DEFAULT_PIPE,
            kind if kind.is_of_bytes() => Self::DEFAULT_BYTES,
            _ => Self::DEFAULT_CAPACITY,
        });
        let cells = self
            .shape
            .cells_for(capacity)
            .map(|cells| cells.max(self.kind.least_cells()))
            .filter(|&cells| self.kind.fits(&self.shape, cells))
            .ok_or(Unfit::Capacity { asked: capacity })?;
        Ok(Geometry::new(
            self.kind,
            self.shape,
            cells,
            self.wait_slots,
            participants,
            self.persistent,
        ))
    }

    fn participants(&self) -> Result<u32, Unfit> {
        let asked = self.handles.unwrap_or(match self.kind {
            Kind::Spsc | Kind::SpscBytes | Kind::Pipe => SPSC_HANDLES,
            _ => Self::DEFAULT_HANDLES,
        });
        if self.kind.allows(asked) {
            Ok(asked)
        } else {
            Err(Unfit::Handles { asked })
        }
    }
}

/// Ends of an SPSC channel.
const SPSC_HANDLES: u32 = 2;

impl Kind {
    /// How items of this size and alignment lie in a channel of this kind.
    pub(crate) const fn shape_of(self, size: u64, align: u32) -> Option<Shape> {
        if size > Shape::MAX_ITEM as u64 {
            return None;
        }
        let size = size as u32;
        match self {
            Kind::SpscBytes => Some(Shape::frames(8)),
            Kind::MpscBytes => Some(Shape::frames(64)),
            Kind::Pipe => Some(Shape::stream()),
            _ if self.is_stamped() => Shape::stamped(size, align),
            _ => Shape::of(size, align),
        }
    }

    /// Whether a ring of so many cells can be told apart by the stamps of this kind.
    pub(super) fn fits(self, shape: &Shape, cells: u32) -> bool {
        let most = match self {
            Kind::SpscBytes => frames::MAX_UNITS,
            Kind::MpscBytes => ranges::MAX_GRANULES,
            _ if self.is_stamped() => 1 << 28,
            _ => 1 << 30,
        };
        shape.fits(cells) && (self.least_cells()..=most).contains(&cells)
    }

    /// The smallest ring. Of two cells where each has a stamp: with one, a sender and a receiver
    /// would always wait for each other. Of frames so many units that half of them are a record.
    const fn least_cells(self) -> u32 {
        match self {
            Kind::SpscBytes => 16,
            Kind::MpscBytes => 4,
            _ if self.is_stamped() => 2,
            _ => 1,
        }
    }

    /// Whether the table of participants may have so many entries.
    pub(super) const fn allows(self, participants: u32) -> bool {
        let least = match self {
            Kind::Spsc | Kind::SpscBytes | Kind::Pipe => return participants == SPSC_HANDLES,
            Kind::Mpsc | Kind::Spmc | Kind::Mpmc | Kind::MpscBytes => 2,
            Kind::Object => 1,
        };
        least <= participants && participants <= Blueprint::MAX_HANDLES
    }
}

/// Bytes of the control words, of whichever kind.
const CONTROL: usize = size_of::<spsc::Control>();
#[cfg(not(ringway_loom))]
const _: () = assert!(size_of::<mpmc::Control>() == CONTROL);

/// Bytes of the line with the lock of those who send a long message, behind the control words.
const LONG_LOCK: usize = 128;

/// Bytes of the control words, and of the words that lie beside the ring.
const fn control_len(kind: Kind, cells: u32) -> usize {
    match kind {
        Kind::MpscBytes => {
            CONTROL + LONG_LOCK + (cells as usize * size_of::<u32>()).next_multiple_of(ALIGN)
        }
        _ => CONTROL,
    }
}

/// Where the participant table starts, in bytes: behind the wait slots, if there are any.
const fn participants_offset(wait_slots: u32) -> usize {
    match wait_slots {
        0 => PARKING_OFFSET,
        _ => PARKING_OFFSET + size_of::<Lot>(),
    }
}

impl Geometry {
    /// Offset of the words beside the ring, in bytes: one for each granule of a
    /// [`Kind::MpscBytes`].
    #[must_use]
    pub fn words_offset(&self) -> usize {
        self.object_offset + CONTROL + LONG_LOCK
    }

    /// Offset of the lock of those who send a long message, in bytes, in a segment of
    /// [`Kind::MpscBytes`].
    #[must_use]
    pub fn parts_lock_offset(&self) -> usize {
        self.object_offset + CONTROL
    }

    /// Offset of the first cell, in bytes, in a segment with as few participants as there can be.
    #[cfg(not(ringway_loom))]
    pub(crate) const LEAST_DATA_OFFSET: usize =
        PARKING_OFFSET + SPSC_HANDLES as usize * size_of::<Participant>() + CONTROL;

    pub(super) const fn new(
        kind: Kind,
        shape: Shape,
        cells: u32,
        wait_slots: u32,
        participants: u32,
        persistent: bool,
    ) -> Self {
        let object_offset =
            participants_offset(wait_slots) + participants as usize * size_of::<Participant>();
        let data_offset = object_offset + control_len(kind, cells);
        let data = cells as u64 * shape.stride as u64;
        let total_len = (data_offset as u64 + data).next_multiple_of(ALIGN as u64);
        Geometry {
            kind,
            shape,
            cells,
            wait_slots,
            participants,
            object_offset,
            data_offset,
            total_len,
            persistent,
        }
    }

    /// That of an object of `size` bytes, if such a segment has a size at all.
    pub(super) fn object(
        size: u64,
        wait_slots: u32,
        participants: u32,
        persistent: bool,
    ) -> Option<Self> {
        let object_offset =
            participants_offset(wait_slots) + participants as usize * size_of::<Participant>();
        let total_len = size
            .checked_add(object_offset as u64)?
            .checked_next_multiple_of(ALIGN as u64)?;
        Some(Geometry {
            kind: Kind::Object,
            shape: Shape::NONE,
            cells: 0,
            wait_slots,
            participants,
            object_offset,
            data_offset: object_offset,
            total_len,
            persistent,
        })
    }

    /// Offset of entry `index` of the participant table, in bytes.
    #[must_use]
    pub fn participant_offset(&self, index: usize) -> usize {
        participants_offset(self.wait_slots) + index * size_of::<Participant>()
    }

    /// How many items fit at least; 0 of an object.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        if !self.kind.is_channel() {
            return 0;
        }
        self.shape.capacity(self.cells)
    }
}

/// Why a segment is not what an endpoint wants. Both sides are named.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// The item type cannot be sent through any channel, or the object is too large for any
    /// segment.
    Item {
        /// The type.
        item: TypeTag,
    },
    /// Messages of bytes are not aligned as this type has to be.
    Alignment {
        /// The type.
        item: TypeTag,
        /// The alignment that every message has, in bytes.
        most: usize,
    },
    /// No ring has this capacity.
    Capacity {
        /// The capacity asked for.
        asked: u32,
    },
    /// These are not the bytes of a segment.
    Foreign {
        /// The first word found.
        found: u32,
    },
    /// The segment was written by another version of the layout.
    Version {
        /// Its version.
        found: u32,
    },
    /// It holds another kind of object.
    Kind {
        /// The number of its kind.
        found: u32,
        /// The kind expected.
        expected: Kind,
    },
    /// It is an object of another type.
    Object {
        /// The type found.
        found: TypeTag,
        /// The type expected.
        expected: TypeTag,
    },
    /// It carries items of another type.
    Type {
        /// The type found.
        found: TypeTag,
        /// The type expected.
        expected: TypeTag,
    },
    /// It was made with another capacity.
    OtherCapacity {
        /// What the capacity counts: "items", or "bytes" of a ring [of bytes](Kind::is_of_bytes).
        unit: &'static str,
        /// How many fit in it.
        found: u32,
        /// How many the endpoint would make it for.
        expected: u32,
        /// How many the endpoint asked for.
        asked: u32,
    },
    /// No segment of this kind has room for so many ends or attachments.
    Handles {
        /// The number asked for.
        asked: u32,
    },
    /// It was made for another number of ends.
    OtherHandles {
        /// Ends that it has room for.
        found: u32,
        /// Ends that the endpoint asked for.
        asked: u32,
    },
    /// It does not outlive its users, and the endpoint wants that.
    NotPersistent,
    /// An object was made with another parameter, which all who use it must agree on.
    Parameter {
        /// Which, as a person would call it: "bound"; or, with an s at its end, what there are so
        /// many of: "parties".
        what: &'static str,
        /// What it was made with.
        found: u64,
        /// What this program asks for.
        asked: u64,
    },
    /// An object was made as another sort of its kind than the one asked for.
    Sort {
        /// What it is, as a person would call it: "a manual event".
        found: &'static str,
        /// What this program asks for: "an automatic one".
        asked: &'static str,
    },
    /// No object has such a parameter.
    OutOfRange {
        /// As of [`Parameter`](Unfit::Parameter).
        what: &'static str,
        /// What this program asks for.
        asked: u64,
        /// The least that there can be.
        least: u64,
        /// The most that there can be.
        most: u64,
    },
    /// Not even one item fits into the memory that is set aside.
    Room {
        /// Bytes found.
        found: u64,
        /// Bytes that a channel of such items takes at least.
        least: u64,
    },
    /// It is shorter than its header says.
    Truncated {
        /// Bytes found.
        found: u64,
        /// Bytes expected.
        expected: u64,
    },
    /// Its header contradicts itself.
    Inconsistent {
        /// The field that does not fit the others.
        field: &'static str,
        /// Its value.
        found: u64,
    },
    /// Its stamps contradict its cursor.
    Corrupt,
    /// Its builder is alive and has not finished.
    Unfinished,
    /// It was given up by everybody.
    Retired,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Item { item } => write!(
                f,
                "items of type {item} cannot be sent: an item has at most {} bytes and an \
                 alignment of at most {}; send it in pieces or by reference to a file",
                Shape::MAX_ITEM,
                Shape::MAX_ALIGN,
            ),
            Unfit::Alignment { item, most } => write!(
                f,
                "messages of type `{}` cannot be sent: in a ring of bytes a message is aligned to \
                 {most} bytes, and this type to more",
                item.name,
            ),
            Unfit::Capacity { asked } => write!(
                f,
                "a capacity of {asked} was asked for; it must be at least 1 and small enough \
                 for a ring whose positions span 2^30"
            ),
            Unfit::Foreign { found } => write!(
                f,
                "it starts with {found:#010x}, which is not a ringway segment (expected \
                 {:#010x}); choose another name, or remove it if nothing else uses it",
                Header::MAGIC[0],
            ),
            Unfit::Version { found } => write!(
                f,
                "its layout has version {found}, this program expects version {ABI_VERSION}; \
                 build both sides with the same release of ringway"
            ),
            Unfit::Kind { found, expected } => {
                match Kind::from_number(*found) {
                    Some(kind) => write!(f, "it holds {} {kind}", article(kind))?,
                    None => write!(f, "it holds an object of unknown kind {found}")?,
                }
                write!(
                    f,
                    ", this program expects {} {expected}; give each object its own name",
                    article(*expected)
                )
            }
            Unfit::Type { found, expected } => write!(
                f,
                "it carries items of type {found}, this program expects {expected}; both sides \
                 must send and receive the same type"
            ),
            Unfit::Object { found, expected } => write!(
                f,
                "it is an object of type {found}, this program expects {expected}; all who use it \
                 must use the same type"
            ),
            Unfit::OtherCapacity {
                unit,
                found,
                expected,
                asked,
            } => write!(
                f,
                "it was made for {found} {unit}, this program asks for {asked} (which makes \
                 {expected}); ask for the same capacity on both sides, or on one side only"
            ),
            Unfit::Handles { asked } => write!(
                f,
                "room for {asked} handles was asked for; an mpsc, spmc or mpmc channel has 2 to {0}, \
                 for senders and receivers together, an object 1 to {0}",
                Blueprint::MAX_HANDLES,
            ),
            Unfit::OtherHandles { found, asked } => write!(
                f,
                "it was made for {found} handles, this program asks for {asked}; ask for the same \
                 number on all sides, or on one side only"
            ),
            Unfit::NotPersistent => write!(
                f,
                "it was made without `persistent`, this program asks for it; ask on both sides, \
                 or remove the segment when nobody uses it"
            ),
            Unfit::Parameter { what, found, asked } => write!(
                f,
                "it was made with {}, this program asks for {asked}; all who use it must ask for \
                 the same",
                So(what, *found),
            ),
            Unfit::Sort { found, asked } => write!(
                f,
                "it is {found}, this program asks for {asked}; all who use it must ask for the same"
            ),
            Unfit::OutOfRange {
                what,
                asked,
                least,
                most,
            } => write!(
                f,
                "it cannot have {}; possible are {least} to {most}",
                So(what, *asked),
            ),
            Unfit::Room { found, least } => write!(
                f,
                "there is room for {found} bytes, and a channel of such items for so many handles \
                 takes at least {least}; give it more, or ask for fewer `handles`"
            ),
            Unfit::Truncated { found, expected } => write!(
                f,
                "it is {found} bytes long, its header says {expected}; it was cut short and must \
                 be removed (`ringway rm`)"
            ),
            Unfit::Inconsistent { field, found } => write!(
                f,
                "its header contradicts itself: `{field}` is {found}; it was overwritten and must \
                 be removed (`ringway rm`)"
            ),
            Unfit::Corrupt => write!(
                f,
                "its ring contradicts its cursor; it was overwritten and must be removed \
                 (`ringway rm`)"
            ),
            Unfit::Unfinished => write!(
                f,
                "the process that builds it is alive and has not finished; is it stopped?"
            ),
            Unfit::Retired => write!(
                f,
                "all its users have left and it was given up; open it again for a new one"
            ),
        }
    }
}

/// What stands before the name of `kind`.
fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::Pipe => "a",
        _ => "an",
    }
}

/// A parameter and its value: "a bound of 4", "3 parties".
struct So<'a>(&'a str, u64);

impl fmt::Display for So<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let So(what, value) = self;
        if what.ends_with('s') {
            write!(f, "{value} {what}")
        } else {
            write!(f, "a {what} of {value}")
        }
    }
}

impl core::error::Error for Unfit {}
