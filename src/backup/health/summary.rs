//! The project as a whole.

use super::{ServerHealth, State};
use crate::backup::index::Index;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Servers in each state, in the order of [`State::ALL`].
    pub states: [u64; 5],
    /// Snapshots and backups of the servers that there are; an upper bound.
    pub bytes: u64,
    /// Those of servers that are gone.
    pub orphaned: u64,
    /// Those of them that were made within the last 28 days.
    pub recent: u64,
    pub leftovers: u64,
}

impl Summary {
    pub(super) fn of(servers: &[ServerHealth], index: &Index<'_>, leftovers: u64) -> Self {
        let mut summary = Self { leftovers, ..Self::default() };
        for server in servers {
            summary.bytes = summary.bytes.saturating_add(server.bytes);
            summary.recent = summary.recent.saturating_add(server.recent);
        }
        for known in index.of_gone_servers() {
            if known.ours {
                summary.orphaned = summary.orphaned.saturating_add(known.bytes);
            }
        }
        summary
    }

    pub(super) fn count_states(&mut self, servers: &[ServerHealth]) {
        self.states = [0; 5];
        for server in servers {
            self.states[server.state as usize] += 1;
        }
    }

    pub fn count(&self, state: State) -> u64 {
        self.states[state as usize]
    }
}

/// What bytes cost in a month, at a price per GiB that the user knows.
pub fn cost(bytes: u64, price_per_gib_month: f64) -> f64 {
    const GIB: f64 = (1u64 << 30) as f64;
    bytes as f64 / GIB * price_per_gib_month
}
