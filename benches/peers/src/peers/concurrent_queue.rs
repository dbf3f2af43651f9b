//! concurrent-queue, the ring beneath async-channel.

use crate::payload::Payload;
use crate::shape::Shape;
use crate::snooze;
use crate::subject::{Ends, Queue};
use concurrent_queue as concurrent;
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::CAPACITY;
use std::sync::Arc;

/// The kind of queue.
pub(crate) struct ConcurrentQueue;

/// Either end.
pub(crate) struct End<T>(Arc<concurrent::ConcurrentQueue<T>>);

impl Queue for ConcurrentQueue {
    const NAME: &'static str = "concurrent-queue";
    type Tx<T: Payload> = End<T>;
    type Rx<T: Payload> = End<T>;
    fn open<T: Payload>(shape: Shape) -> Ends<End<T>, End<T>> {
        let queue = Arc::new(concurrent::ConcurrentQueue::bounded(CAPACITY as usize));
        let end = || End(Arc::clone(&queue));
        Ends::new(shape, end, end)
    }
}

impl<T: Payload> Outlet<T> for End<T> {
    #[inline(always)]
    fn put(&mut self, item: T) {
        snooze::put(item, |item| {
            self.0.push(item).map_err(|refused| refused.into_inner())
        });
    }
}

impl<T: Payload> Inlet<T> for End<T> {
    #[inline(always)]
    fn take(&mut self, item: &mut T) {
        *item = snooze::take(|| self.0.pop().ok());
    }
}
