//! Answers to callbacks, and the generation that asked (`lib/homes/aws/doors.ts`, `invocation.ts`; K2).
//!
//! An execution goes from its first generation into the second one. The journal says so at once, in a piece; the head says
//! so with its next write. Each generation asks for one callback, whose id reaches the outside with a step that runs
//! behind the piece. A holder that lost its lease may be ahead of its successor: it asks for callbacks that the journal of
//! the successor asks for later. The outside answers each callback that it learnt of once, and the answer must arrive.

use crate::checker::Model;

#[derive(Clone, Copy)]
pub struct Rules {
    /// An answer is stamped with the generation that its sender read in the journal. Else with that of the head.
    pub from_journal: bool,
    /// An answer stays in the inbox until its callback was asked for. Else whoever meets it first takes it out.
    pub waits: bool,
}

pub const RIGHT: Rules = Rules { from_journal: true, waits: true };

/// How far one holder has come: its generation, and whether it has asked for that generation's callback.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
struct Place {
    generation: u8,
    has_asked: bool,
}

const START: Place = Place { generation: 1, has_asked: false };

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    /// By a holder that lost its lease, in pieces that are no part of the successor's journal. `None`: it does nothing.
    slow: Option<Place>,
    /// By the holder that counts.
    place: Place,
    /// The holder that counts has put a piece: readers see its journal, no longer that of the slow one.
    has_written: bool,
    /// Generation that the head tells of.
    head: u8,
    /// Callbacks that the outside knows, by generation.
    known: [bool; 3],
    answered: [bool; 3],
    /// Answers that lie in the inbox: by generation of the callback, with the generation that they are stamped with.
    inbox: [Option<u8>; 3],
    delivered: [bool; 3],
}

pub struct Answers {
    pub rules: Rules,
    /// A holder that lost its lease goes on.
    pub is_slow: bool,
}

impl Model for Answers {
    type State = State;

    fn initial(&self) -> State {
        State {
            slow: self.is_slow.then_some(START),
            place: START,
            has_written: false,
            head: 1,
            known: [false; 3],
            answered: [false; 3],
            inbox: [None; 3],
            delivered: [false; 3],
        }
    }

    fn steps(&self, state: &State) -> Vec<(String, State)> {
        let mut steps = vec![];
        if let Some(slow) = state.slow {
            for (step, place) in onward(slow, true) {
                let mut next = state.clone();
                next.slow = Some(place);
                next.known[place.generation as usize] |= place.has_asked;
                steps.push((format!("the slow holder {step}"), next));
            }
        }
        let is_answered = state.delivered[state.place.generation as usize];
        for (step, place) in onward(state.place, is_answered) {
            let mut next = state.clone();
            next.place = place;
            next.has_written = true;
            next.known[place.generation as usize] |= place.has_asked;
            steps.push((format!("the holder {step}, in a piece"), next));
        }
        if state.head != state.place.generation {
            let mut next = state.clone();
            next.head = state.place.generation;
            steps.push(("the holder writes the head".into(), next));
        }
        for generation in 1..=2 {
            self.answer(state, generation, &mut steps);
            self.hand(state, generation, &mut steps);
        }
        steps
    }

    /// An answer that was accepted is in the inbox, or was delivered.
    fn broken(&self, state: &State) -> Option<String> {
        let is_lost = |at: &usize| state.answered[*at] && state.inbox[*at].is_none() && !state.delivered[*at];
        let lost = (1..=2).find(is_lost)?;
        Some(format!("the answer to the callback of generation {lost} is lost: its execution waits for ever"))
    }
}

impl Answers {
    /// The outside answers a callback that it knows, if the journal that it reads asks for it.
    fn answer(&self, state: &State, generation: usize, steps: &mut Vec<(String, State)>) {
        let read = if state.has_written { state.place } else { state.slow.unwrap_or(state.place) };
        let is_open = read.generation as usize == generation && read.has_asked && !state.delivered[generation];
        if !state.known[generation] || state.answered[generation] || !is_open {
            return;
        }
        let mut next = state.clone();
        next.answered[generation] = true;
        let stamp = if self.rules.from_journal { read.generation } else { state.head };
        next.inbox[generation] = Some(stamp);
        steps.push((format!("the outside answers the callback of generation {generation}, stamped {stamp}"), next));
    }

    /// The holder meets an answer in the inbox.
    fn hand(&self, state: &State, generation: usize, steps: &mut Vec<(String, State)>) {
        let Some(stamp) = state.inbox[generation] else { return };
        let Place { generation: runs, has_asked } = state.place;
        let mut next = state.clone();
        let is_own = stamp == runs;
        let is_delivered = is_own && generation == runs as usize && has_asked;
        let is_over = stamp < runs;
        if !is_delivered && !is_over && self.rules.waits {
            return;
        }
        next.inbox[generation] = None;
        next.delivered[generation] |= is_delivered;
        let what = if is_delivered { "delivers" } else { "drops" };
        steps.push((format!("the holder {what} the answer stamped {stamp}"), next));
    }
}

/// What code does next: it asks for its callback, and goes into the second generation once that is answered.
fn onward(Place { generation, has_asked }: Place, is_answered: bool) -> Vec<(&'static str, Place)> {
    if !has_asked {
        return vec![("asks for its callback", Place { generation, has_asked: true })];
    }
    if generation == 1 && is_answered {
        return vec![("continues as new", Place { generation: 2, has_asked: false })];
    }
    vec![]
}
