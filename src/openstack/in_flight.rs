//! At most so many requests at once to one service, first come, first served.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;

/// Lets `places` callers in; the others wait in a queue.
pub struct Gate(Rc<RefCell<State>>);

struct State {
    free: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A place, given back when dropped.
pub struct Place(Rc<RefCell<State>>);

impl Gate {
    pub fn new(places: usize) -> Self {
        Self(Rc::new(RefCell::new(State { free: places, waiting: VecDeque::new() })))
    }

    pub async fn enter(&self) -> Place {
        loop {
            let turn = {
                let mut state = self.0.borrow_mut();
                if state.free > 0 {
                    state.free -= 1;
                    return Place(Rc::clone(&self.0));
                }
                let (sender, receiver) = oneshot::channel();
                state.waiting.push_back(sender);
                receiver
            };
            if let Ok(place) = turn.await {
                return place;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A waiter may have gone away; its place is handed to the next. Nothing is borrowed while a place is dropped.
        let next = self.0.borrow_mut().waiting.pop_front();
        match next {
            None => self.0.borrow_mut().free += 1,
            Some(sender) => drop(sender.send(Place(Rc::clone(&self.0)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn lets_in_only_so_many_and_forgets_those_who_left() {
        let gate = Gate::new(2);
        let (first, second) = (gate.enter().now_or_never(), gate.enter().now_or_never());
        assert!(first.is_some() && second.is_some());
        let mut gone = Box::pin(gate.enter());
        assert!((&mut gone).now_or_never().is_none());
        let mut third = Box::pin(gate.enter());
        assert!((&mut third).now_or_never().is_none());
        drop(gone);
        drop(first);
        assert!((&mut third).now_or_never().is_some());
        assert!(gate.enter().now_or_never().is_some(), "the third's place was given back");
        drop(second);
        assert!(gate.enter().now_or_never().is_some());
    }
}
