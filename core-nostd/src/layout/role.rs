//! The two sides of a channel.

/// Which end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The writing end; entry 0 of the participant table where there are just two.
    Sender = 0,
    /// The reading end; entry 1.
    Receiver = 1,
}

impl Role {
    /// Both.
    pub const ALL: [Role; 2] = [Role::Sender, Role::Receiver];

    /// The other end.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Role::Sender => Role::Receiver,
            Role::Receiver => Role::Sender,
        }
    }
}

impl core::fmt::Display for Role {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Role::Sender => "sender",
            Role::Receiver => "receiver",
        })
    }
}
