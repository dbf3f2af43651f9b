//! What the loops need of a channel: every subject is measured by the same loops.

/// An end to put messages into.
pub trait Outlet<T> {
    /// Sends `item`, and waits for room as this kind of channel does.
    fn put(&mut self, item: T);
}

/// An end to take messages from.
pub trait Inlet<T> {
    /// Copies the next message into `item`, and waits for it as this kind of channel does.
    fn take(&mut self, item: &mut T);
}

/// An end to put many messages into at once.
pub trait BatchOutlet<T> {
    /// Sends all of `items`.
    fn put_all(&mut self, items: &[T]);
}

/// An end to take many messages from at once.
pub trait BatchInlet<T> {
    /// Copies messages into `items`, at least one, and returns how many.
    fn take_some(&mut self, items: &mut [T]) -> usize;
}
