//! The journal as a chain of epochs (`lib/homes/aws/journal.ts`, K1).
//!
//! Holders of one execution take the lease one after the other; each may freeze, go on at any time, or die. A holder reads
//! the journal in two halves (pages of a query), puts pieces without a condition, and writes the head on the condition
//! that its epoch is still the newest. What leaves the execution follows a write of the head, so the journal that the
//! writer saw then must stay, whatever holders without a lease still put.
//!
//! An entry is the number of the epoch that made it: two journals that differ show different numbers.

use crate::checker::Model;
use std::collections::BTreeMap;

/// Entries that a journal may have; holders stop there.
const LONGEST: usize = 4;
/// Where the second page of a query begins.
const SECOND_PAGE: usize = 2;

/// The rules of the protocol. Each one can be broken on purpose.
#[derive(Clone, Copy)]
pub struct Rules {
    /// A piece says which epoch it follows, and a reader follows that chain. Else the newest epoch counts from where it
    /// begins, then the next lower one.
    pub chain: bool,
    /// A piece says where its epoch begins. Else an epoch begins where the first piece begins that is found.
    pub begin: bool,
    /// A piece is never put a second time. Else it is put again, longer, after a refused write of the head.
    pub put_once: bool,
}

pub const RIGHT: Rules = Rules { chain: true, begin: true, put_once: true };

#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Piece {
    entries: Vec<u8>,
    /// Where its epoch begins, and the epoch that it follows.
    begin: usize,
    follows: u8,
    /// It is being put again, in several items: half of it is old.
    torn: bool,
}

/// By epoch and place.
type Pieces = BTreeMap<(u8, usize), Piece>;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum At {
    /// Has read the first page, as it was then.
    Reading(Vec<((u8, usize), Piece)>),
    Running,
    /// Two pieces were put at once; this one is not there yet.
    Putting {
        second: Vec<u8>,
    },
    /// Its write of the head was refused because of a cancel, and it puts the piece before that again: not yet begun.
    Refused {
        place: usize,
    },
    /// Half of the items of that piece are new.
    Tearing {
        place: usize,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Holder {
    epoch: u8,
    /// The journal as it knows it.
    view: Vec<u8>,
    /// Entries of its view that stand in pieces.
    flushed: usize,
    /// Entries that stood there when it last wrote the head.
    confirmed: usize,
    begin: usize,
    follows: u8,
    has_seen_cancel: bool,
    at: At,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    epoch: u8,
    /// Of the head: who wrote it last, how long the journal was, and its place in the chain.
    writer: u8,
    length: usize,
    begin: usize,
    follows: u8,
    cancelled: bool,
    pieces: Pieces,
    holders: Vec<Holder>,
    /// What has left the execution depends on these entries.
    relied: Vec<u8>,
}

pub struct Journal {
    pub rules: Rules,
    pub leases: u8,
}

impl Model for Journal {
    type State = State;

    fn initial(&self) -> State {
        State {
            epoch: 0,
            writer: 0,
            length: 0,
            begin: 0,
            follows: 0,
            cancelled: false,
            pieces: Pieces::new(),
            holders: vec![],
            relied: vec![],
        }
    }

    fn steps(&self, state: &State) -> Vec<(String, State)> {
        let mut steps = vec![];
        if state.epoch < self.leases {
            steps.push(("a holder takes the lease and reads the first page".into(), self.lease(state)));
        }
        if !state.cancelled && !self.rules.put_once {
            let mut next = state.clone();
            next.cancelled = true;
            steps.push(("somebody asks for a cancel".into(), next));
        }
        for at in 0..state.holders.len() {
            self.steps_of(state, at, &mut steps);
        }
        steps
    }

    fn broken(&self, state: &State) -> Option<String> {
        let mut found = state.pieces.clone();
        found.retain(|_, piece| !piece.torn);
        let (read, _) = self.read(state, &found);
        if read.starts_with(&state.relied) {
            return None;
        }
        Some(format!("the journal reads {read:?}, and what has left depends on {:?}", state.relied))
    }
}

impl Journal {
    fn lease(&self, state: &State) -> State {
        let mut next = state.clone();
        next.epoch += 1;
        let first = page(&state.pieces, |place| place < SECOND_PAGE);
        next.holders.push(Holder {
            epoch: next.epoch,
            view: vec![],
            flushed: 0,
            confirmed: 0,
            begin: 0,
            follows: 0,
            has_seen_cancel: false,
            at: At::Reading(first),
        });
        next
    }

    fn steps_of(&self, state: &State, at: usize, steps: &mut Vec<(String, State)>) {
        let holder = &state.holders[at];
        let who = format!("holder {}", holder.epoch);
        let mut dead = state.clone();
        dead.holders.remove(at);
        steps.push((format!("{who} dies"), dead));
        match &holder.at {
            At::Reading(first) => {
                steps.push((format!("{who} reads the second page"), self.load(state, at, first)));
            }
            At::Putting { second } => {
                let mut next = state.clone();
                put(&mut next, at, holder.flushed, second.clone());
                next.holders[at].flushed += second.len();
                next.holders[at].at = At::Running;
                steps.push((format!("{who}: its other piece is there, too"), next));
            }
            At::Refused { place } => {
                let mut next = state.clone();
                next.holders[at].view.push(holder.epoch);
                next.pieces.get_mut(&(holder.epoch, *place)).expect("it was put").torn = true;
                next.holders[at].at = At::Tearing { place: *place };
                steps.push((format!("{who} puts its last piece again, longer: one of two items is there"), next));
            }
            At::Tearing { place } => {
                let mut next = state.clone();
                put(&mut next, at, *place, holder.view[*place..].to_vec());
                next.holders[at].at = At::Running;
                steps.push((format!("{who} has put the piece again"), next));
            }
            At::Running => self.run(state, at, &who, steps),
        }
    }

    fn run(&self, state: &State, at: usize, who: &str, steps: &mut Vec<(String, State)>) {
        let holder = &state.holders[at];
        if holder.view.len() < LONGEST {
            let mut next = state.clone();
            next.holders[at].view.push(holder.epoch);
            put(&mut next, at, holder.view.len(), vec![holder.epoch]);
            next.holders[at].flushed += 1;
            steps.push((format!("{who} puts a piece at {}", holder.view.len()), next));
        }
        if holder.view.len() + 1 < LONGEST {
            // Two generations in one flush: two pieces on their way at once. The second arrives first.
            let place = holder.view.len();
            let mut next = state.clone();
            next.holders[at].view.extend([holder.epoch, holder.epoch]);
            put(&mut next, at, place + 1, vec![holder.epoch]);
            next.holders[at].at = At::Putting { second: vec![holder.epoch] };
            let mut behind = next.clone();
            behind.holders[at].flushed = place;
            steps.push((format!("{who} puts two pieces at once; that at {} is there", place + 1), behind));
        }
        steps.push(self.write_head(state, at, who));
    }

    fn write_head(&self, state: &State, at: usize, who: &str) -> (String, State) {
        let mut next = state.clone();
        let holder = next.holders[at].clone();
        if holder.epoch != state.epoch {
            next.holders.remove(at);
            return (format!("{who} writes the head: refused, it lost the lease"), next);
        }
        if state.cancelled && !holder.has_seen_cancel {
            next.holders[at].has_seen_cancel = true;
            let last = state.pieces.keys().filter(|(epoch, _)| *epoch == holder.epoch).map(|(_, place)| *place).max();
            let again = last.filter(|place| *place >= holder.confirmed && holder.view.len() < LONGEST);
            if let (Some(place), false) = (again, self.rules.put_once) {
                next.holders[at].at = At::Refused { place };
            }
            return (format!("{who} writes the head: refused, it sees the cancel"), next);
        }
        next.writer = holder.epoch;
        next.length = holder.view.len();
        next.begin = holder.begin;
        next.follows = holder.follows;
        next.holders[at].confirmed = holder.view.len();
        next.relied = holder.view;
        (format!("{who} writes the head"), next)
    }

    fn load(&self, state: &State, at: usize, first: &[((u8, usize), Piece)]) -> State {
        let mut next = state.clone();
        let mut found: Pieces = first.iter().cloned().collect();
        found.extend(page(&state.pieces, |place| place >= SECOND_PAGE));
        let (view, chain) = self.read(state, &found);
        let holder = &mut next.holders[at];
        holder.begin = view.len();
        holder.flushed = view.len();
        holder.follows = chain.iter().rev().find(|each| each.begin < view.len()).map_or(0, |each| each.epoch);
        holder.view = view;
        holder.at = At::Running;
        // Less than the head says: the invariant tells why.
        next
    }

    /// What `fold` of journal.ts reads, and the chain that it followed.
    fn read(&self, state: &State, pieces: &Pieces) -> (Vec<u8>, Vec<Link>) {
        let links = self.links(state, pieces);
        let chain = self.chain(&links);
        let mut entries: Vec<u8> = vec![];
        for (at, link) in chain.iter().enumerate() {
            let end = chain.get(at + 1).map_or(LONGEST, |next| next.begin);
            for ((_, place), piece) in pieces.iter().filter(|((epoch, _), _)| *epoch == link.epoch) {
                if *place > entries.len() {
                    break;
                }
                let known = entries.len() - place;
                let until = piece.entries.len().min(end.saturating_sub(*place));
                if known < until {
                    entries.extend(&piece.entries[known..until]);
                }
            }
            if at + 1 < chain.len() && entries.len() < end {
                break;
            }
        }
        (entries, chain)
    }

    fn links(&self, state: &State, pieces: &Pieces) -> Vec<Link> {
        let mut links: BTreeMap<u8, Link> = BTreeMap::new();
        for ((epoch, place), piece) in pieces {
            let begin = if self.rules.begin { piece.begin } else { *place };
            let link =
                links.entry(*epoch).or_insert(Link { epoch: *epoch, begin, follows: piece.follows, first: *place });
            link.begin = link.begin.min(begin);
            link.first = link.first.min(*place);
        }
        // The head is a piece without entries behind all that its writer put before.
        let (epoch, begin, follows, first) = (state.writer, state.begin, state.follows, state.length);
        let link = links.entry(epoch).or_insert(Link { epoch, begin, follows, first });
        link.first = link.first.min(first);
        links.into_values().collect()
    }

    fn chain(&self, links: &[Link]) -> Vec<Link> {
        let mut chain = vec![];
        let mut next = links.iter().rev().find(|link| link.first <= link.begin).copied();
        while let Some(link) = next {
            chain.insert(0, link);
            next = if link.begin == 0 {
                None
            } else if self.rules.chain {
                links.iter().find(|each| each.epoch == link.follows).copied()
            } else {
                let lower =
                    |each: &&Link| each.epoch < link.epoch && each.begin < link.begin && each.first <= each.begin;
                links.iter().rev().find(lower).copied()
            };
        }
        chain
    }
}

/// One epoch of a chain.
#[derive(Clone, Copy)]
struct Link {
    epoch: u8,
    begin: usize,
    follows: u8,
    /// Place of the first piece that was found.
    first: usize,
}

fn page(pieces: &Pieces, is_in: impl Fn(usize) -> bool) -> Vec<((u8, usize), Piece)> {
    let whole = pieces.iter().filter(|((_, place), piece)| is_in(*place) && !piece.torn);
    whole.map(|(key, piece)| (*key, piece.clone())).collect()
}

fn put(state: &mut State, at: usize, place: usize, entries: Vec<u8>) {
    let Holder { epoch, begin, follows, .. } = state.holders[at];
    state.pieces.insert((epoch, place), Piece { entries, begin, follows, torn: false });
}
