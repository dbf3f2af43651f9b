//! heapless' ring, made for microcontrollers: its capacity is part of its type.

use crate::payload::Payload;
use crate::shape::Shape;
use crate::snooze;
use crate::subject::{Ends, Queue};
use heapless::mpmc;
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;
use std::sync::Arc;

/// The kind of queue.
pub(crate) struct Heapless;

/// Either end.
pub(crate) struct End<T>(Arc<mpmc::Queue<T, { CAPACITY as usize }>>);

impl Queue for Heapless {
    const NAME: &'static str = "heapless mpmc";
    type Tx<T: Payload> = End<T>;
    type Rx<T: Payload> = End<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<End<T>, End<T>> {
        #[expect(
            deprecated,
            reason = "not lock-free, which is no matter to those who try again"
        )]
        let queue = Arc::new(mpmc::Queue::new());
        let end = || End(Arc::clone(&queue));
        Ends::new(shape, end, end)
    }
}

impl<T: Payload> Outlet<T> for End<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        snooze::put(item, |item| self.0.enqueue(item));
    }
}

impl<T: Payload> Inlet<T> for End<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        *item = snooze::take(|| self.0.dequeue());
    }
}
