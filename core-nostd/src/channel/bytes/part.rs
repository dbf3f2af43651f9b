//! What stands before the bytes of a part.

/// Where a part belongs: 16 bytes, little-endian, before its own bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartHeader {
    /// Bytes of the whole message.
    pub(super) total: u64,
    /// Where in it the part begins.
    pub(super) offset: u64,
}

impl PartHeader {
    pub(super) const LEN: usize = 16;

    pub(super) fn bytes(self) -> [u8; Self::LEN] {
        let [total, offset] = [self.total, self.offset].map(u64::to_le_bytes);
        let mut bytes = [0; Self::LEN];
        bytes[..8].copy_from_slice(&total);
        bytes[8..].copy_from_slice(&offset);
        bytes
    }

    /// The header of `record` and what lies behind it. `None` if it is not one of an honest sender:
    /// each part has bytes, and none of them lies behind the end of the message.
    pub(super) fn read(record: &[u8]) -> Option<(Self, &[u8])> {
        let (total, rest) = record.split_first_chunk()?;
        let (offset, bytes) = rest.split_first_chunk()?;
        let header = PartHeader {
            total: u64::from_le_bytes(*total),
            offset: u64::from_le_bytes(*offset),
        };
        let end = header.offset.checked_add(bytes.len() as u64)?;
        (!bytes.is_empty() && end <= header.total).then_some((header, bytes))
    }
}
