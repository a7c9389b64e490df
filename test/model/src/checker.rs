//! An explicit-state model checker: visits every state that a model can reach, breadth first, and shows the shortest way
//! to the first state that breaks an invariant.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

pub trait Model {
    type State: Clone + Eq + Hash + Debug;

    fn initial(&self) -> Self::State;

    /// Every step that may come next: what it is, and the state behind it.
    fn steps(&self, state: &Self::State) -> Vec<(String, Self::State)>;

    /// What is wrong with a state; `None` when it keeps every invariant.
    fn broken(&self, state: &Self::State) -> Option<String>;
}

pub struct Report {
    pub states: usize,
    /// What was broken, and the steps that lead there.
    pub violation: Option<(String, Vec<String>)>,
}

pub fn check<M: Model>(model: &M) -> Report {
    let initial = model.initial();
    let mut came_from: HashMap<M::State, Option<(M::State, String)>> = HashMap::new();
    came_from.insert(initial.clone(), None);
    let mut waiting = VecDeque::from([initial]);
    while let Some(state) = waiting.pop_front() {
        if let Some(what) = model.broken(&state) {
            let way = way_to(&came_from, &state);
            return Report { states: came_from.len(), violation: Some((what, way)) };
        }
        for (step, next) in model.steps(&state) {
            if came_from.contains_key(&next) {
                continue;
            }
            came_from.insert(next.clone(), Some((state.clone(), step)));
            waiting.push_back(next);
        }
    }
    Report { states: came_from.len(), violation: None }
}

fn way_to<S: Clone + Eq + Hash>(came_from: &HashMap<S, Option<(S, String)>>, last: &S) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = last.clone();
    while let Some(Some((before, step))) = came_from.get(&at) {
        steps.push(step.clone());
        at = before.clone();
    }
    steps.reverse();
    steps
}
