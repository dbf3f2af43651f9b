//! The three kinds as one parameter, and how a test looks at a channel from outside.

use ringway::{Attachment, Builder, Casualties, Condition, Inspection, Plain};
use ringway_core::channel::{Crowded, Mpmc, Mpsc, Spmc, Topology};
use ringway_testkit::place;

/// A kind of channel with many ends.
pub(crate) trait Many:
    Crowded + Topology<Sending<u64, Attachment>: Send, Receiving<u64, Attachment>: Send>
{
    /// Its name among the arguments of a role.
    const NAME: &str;
    /// Whether there may be several senders, and several receivers.
    const SEVERAL: (bool, bool);

    fn at<T: Plain>(name: &str) -> Builder<T, Self>;
    /// Of about so many messages of up to `max_len` bytes.
    fn bytes(name: &str, max_len: u32, messages: u32) -> Builder<[u8], Self>;
}

impl Many for Mpmc {
    const NAME: &str = "mpmc";
    const SEVERAL: (bool, bool) = (true, true);
    fn at<T: Plain>(name: &str) -> Builder<T, Self> {
        ringway::mpmc(place(name))
    }
    fn bytes(name: &str, max_len: u32, messages: u32) -> Builder<[u8], Self> {
        ringway::mpmc(place(name))
            .max_len(max_len)
            .capacity(messages)
    }
}

impl Many for Mpsc {
    const NAME: &str = "mpsc";
    const SEVERAL: (bool, bool) = (true, false);
    fn at<T: Plain>(name: &str) -> Builder<T, Self> {
        ringway::mpsc(place(name))
    }
    fn bytes(name: &str, max_len: u32, messages: u32) -> Builder<[u8], Self> {
        ringway::mpsc(place(name)).capacity(max_len * messages)
    }
}

impl Many for Spmc {
    const NAME: &str = "spmc";
    const SEVERAL: (bool, bool) = (false, true);
    fn at<T: Plain>(name: &str) -> Builder<T, Self> {
        ringway::spmc(place(name))
    }
    fn bytes(name: &str, max_len: u32, messages: u32) -> Builder<[u8], Self> {
        ringway::spmc(place(name))
            .max_len(max_len)
            .capacity(messages)
    }
}

/// Calls `$function` for the kind of this name.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match &*$kind {
            "mpmc" => $function::<ringway_core::channel::Mpmc>($($argument),*),
            "mpsc" => $function::<ringway_core::channel::Mpsc>($($argument),*),
            "spmc" => $function::<ringway_core::channel::Spmc>($($argument),*),
            other => panic!("no kind {other:?}"),
        }
    };
}
pub(crate) use of_kind;

/// Calls `$function` for each kind.
macro_rules! for_each_kind {
    ($function:ident($($argument:expr),*)) => {{
        $function::<ringway_core::channel::Mpmc>($($argument),*);
        $function::<ringway_core::channel::Mpsc>($($argument),*);
        $function::<ringway_core::channel::Spmc>($($argument),*);
    }};
}
pub(crate) use for_each_kind;

fn look(name: &str) -> (Condition, Option<Inspection>) {
    ringway::look(&place(name)).unwrap()
}

/// What has become of the channel.
pub(crate) fn condition(name: &str) -> Condition {
    look(name).0
}

/// What is seen of a channel that is built.
pub(crate) fn inspection(name: &str) -> Inspection {
    look(name).1.unwrap()
}

/// What deaths have cost it.
pub(crate) fn casualties(name: &str) -> Casualties {
    inspection(name).casualties.unwrap()
}

/// Nothing.
pub(crate) const NO_CASUALTIES: Casualties = Casualties {
    lost: 0,
    skipped: 0,
    redelivered: 0,
};
