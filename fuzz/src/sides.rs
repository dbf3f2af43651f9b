//! What the ends of a channel can do beside sending and receiving, by kind.

use crate::script::Script;
use crate::stage::{End, TIMEOUT};
use ringway_core::channel::{Crowded, Message, Mpmc, Mpsc, Receiver, Sender, Spmc, Spsc, Topology};

pub(crate) trait Kind: Topology {
    fn look_around<T: Message + ?Sized>(tx: &mut Sender<T, End<'_>, Self>, script: &Script<'_>);
    fn look_about<T: Message + ?Sized>(rx: &mut Receiver<T, End<'_>, Self>, script: &Script<'_>);
}

impl Kind for Spsc {
    fn look_around<T: Message + ?Sized>(tx: &mut Sender<T, End<'_>>, _: &Script<'_>) {
        let _ = (tx.sent(), tx.receiver());
    }
    fn look_about<T: Message + ?Sized>(rx: &mut Receiver<T, End<'_>>, _: &Script<'_>) {
        let _ = (rx.received(), rx.sender(), rx.is_redelivered());
    }
}

macro_rules! crowded {
    ($($kind:ident),+) => { $(
        impl Kind for $kind {
            fn look_around<T: Message + ?Sized>(
                tx: &mut Sender<T, End<'_>, Self>,
                script: &Script<'_>,
            ) {
                look_around(tx, script);
            }
            fn look_about<T: Message + ?Sized>(
                rx: &mut Receiver<T, End<'_>, Self>,
                script: &Script<'_>,
            ) {
                look_about(rx, script);
            }
        }
    )+ };
}
crowded!(Mpsc, Spmc, Mpmc);

fn look_around<T: Message + ?Sized, K: Crowded>(
    tx: &mut Sender<T, End<'_>, K>,
    script: &Script<'_>,
) {
    match script.below(3) {
        0 => drop(tx.join_timeout(TIMEOUT)),
        1 => drop(tx.repair()),
        _ => drop(tx.receivers()),
    }
}

fn look_about<T: Message + ?Sized, K: Crowded>(
    rx: &mut Receiver<T, End<'_>, K>,
    script: &Script<'_>,
) {
    match script.below(2) {
        0 => drop(rx.repair()),
        _ => drop((rx.senders(), rx.was_redelivered())),
    }
}
