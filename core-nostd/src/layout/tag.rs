//! What type of item a channel carries, or of what type an object is, as far as two programs can
//! compare it.

use crate::plain::Plain;
use crate::region::Overlay;
use core::fmt;
use heapless::String;

/// Name, size and alignment of a type.
///
/// The name is the type's own, without the modules it stands in, so that two programs that each
/// define `Tick` agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeTag {
    /// Name, cut at [`TypeTag::NAME_LEN`] bytes.
    pub name: String<{ TypeTag::NAME_LEN }, u8>,
    /// FNV-1a hash of the whole name, 64 bits.
    pub hash: u64,
    /// Size in bytes.
    pub size: u64,
    /// Alignment in bytes.
    pub align: u32,
}

impl TypeTag {
    /// Room for the name in the header, in bytes.
    pub const NAME_LEN: usize = 32;

    /// The tag of `T`.
    #[must_use]
    pub fn of<T: Plain>() -> Self {
        Self::new(core::any::type_name::<T>(), size_of::<T>(), align_of::<T>())
    }

    /// The tag of messages of bytes: `size` is the longest that a cell holds, 1 where there are no
    /// cells.
    #[must_use]
    pub fn of_bytes(size: usize, align: usize) -> Self {
        Self::new("[u8]", size, align)
    }

    /// The tag of `S`, which lies in shared memory as it is.
    #[must_use]
    pub fn of_object<S: Overlay>() -> Self {
        Self::new(core::any::type_name::<S>(), size_of::<S>(), align_of::<S>())
    }

    /// A tag from its parts, for bindings; `path` loses its module prefixes.
    #[must_use]
    pub fn new(path: &str, size: usize, align: usize) -> Self {
        const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const FNV_PRIME: u64 = 0x0100_0000_01b3;
        let mut name = String::new();
        let mut hash = FNV_OFFSET;
        for piece in path.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        {
            let own = piece.rsplit("::").next().unwrap_or(piece);
            for byte in own.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
            }
            for c in own.chars() {
                if name.push(c).is_err() {
                    break;
                }
            }
        }
        let size = size as u64;
        let align = u32::try_from(align).unwrap_or(u32::MAX);
        TypeTag {
            name,
            hash,
            size,
            align,
        }
    }
}

impl fmt::Display for TypeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` ({} bytes, alignment {})",
            self.name, self.size, self.align
        )
    }
}

#[cfg(all(test, not(ringway_loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_modules() {
        assert_eq!(TypeTag::new("app::feed::Tick", 8, 8).name, "Tick");
        assert_eq!(TypeTag::new("[app::Tick; 4]", 8, 8).name, "[Tick; 4]");
        assert_eq!(
            TypeTag::new("a::Pair<b::X, c::d::Y>", 8, 8).name,
            "Pair<X, Y>"
        );
        assert_eq!(
            TypeTag::new("a::X", 8, 8).hash,
            TypeTag::new("b::X", 8, 8).hash
        );
        assert_ne!(TypeTag::new("X", 8, 8).hash, TypeTag::new("Y", 8, 8).hash);
    }

    #[test]
    fn a_long_name_is_cut_but_hashed_whole() {
        let (a, b) = (["x"; 200].concat(), ["x"; 201].concat());
        let (a, b) = (TypeTag::new(&a, 1, 1), TypeTag::new(&b, 1, 1));
        assert_eq!(a.name, b.name);
        assert_ne!(a.hash, b.hash);
    }
}
