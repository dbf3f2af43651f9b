//! How many send, how many receive, and where.

use ringway_benches::cores::Cores;
use std::fmt;

/// How many threads of each kind there are.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) senders: usize,
    pub(crate) receivers: usize,
}

impl Shape {
    pub(crate) const ALL: [Shape; 4] = [
        Shape::new(1, 1),
        Shape::new(2, 2),
        Shape::new(4, 1),
        Shape::new(1, 4),
    ];

    const fn new(senders: usize, receivers: usize) -> Self {
        Shape { senders, receivers }
    }

    pub(crate) fn threads(self) -> usize {
        self.senders + self.receivers
    }

    /// The core of a sender. Threads go to the two cores in turn, senders first:
    ///
    /// | shape | core 0 | core 1 |
    /// |---|---|---|
    /// | 1 x 1 | sender | receiver |
    /// | 2 x 2 | sender, receiver | sender, receiver |
    /// | 4 x 1 | 2 senders, the receiver | 2 senders |
    /// | 1 x 4 | the sender, 2 receivers | 2 receivers |
    ///
    /// So where there are several of a kind, they contend from both cores. The one that is alone
    /// has no core to itself; it would with the four on the other core, but of those only one
    /// runs at a time, which is 1 x 1 with more switches.
    pub(crate) fn core_of_sender(self, index: usize, cores: Cores) -> usize {
        core(index, cores)
    }

    /// The core of a receiver: as for a sender.
    pub(crate) fn core_of_receiver(self, index: usize, cores: Cores) -> usize {
        core(self.senders + index, cores)
    }
}

fn core(thread: usize, cores: Cores) -> usize {
    [cores.lead, cores.follower][thread % 2]
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.senders, self.receivers)
    }
}
