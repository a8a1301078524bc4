//! Putting definitions that refer to each other in an order.

use std::collections::BTreeSet;

/// Positions `0..pending.len()` such that each comes after those it refers to, without those in a circle; `circle` is
/// told the members of each circle once. Iterative: chains can be long.
pub(super) fn after_dependencies(
    mut pending: Vec<Vec<usize>>,
    circle: &mut dyn FnMut(&[usize]),
) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; pending.len()];
    let mut order = Vec::with_capacity(pending.len());
    let mut in_circle = BTreeSet::new();
    for start in 0..pending.len() {
        let mut chain = Vec::new();
        if states.get(start) == Some(&State::New) {
            chain.push(start);
        }
        while let Some(&current) = chain.last() {
            if let Some(state) = states.get_mut(current) {
                *state = State::Open;
            }
            let next = pending.get_mut(current).and_then(Vec::pop);
            match next.map(|next| (next, states.get(next))) {
                Some((next, Some(State::New))) => chain.push(next),
                Some((next, Some(State::Open))) => {
                    let members: Vec<usize> =
                        chain.iter().copied().skip_while(|&index| index != next).collect();
                    if members.iter().any(|member| !in_circle.contains(member)) {
                        circle(&members);
                    }
                    in_circle.extend(members);
                }
                Some(_) => {}
                None => {
                    if let Some(state) = states.get_mut(current) {
                        *state = State::Done;
                    }
                    order.push(current);
                    chain.pop();
                }
            }
        }
    }
    order.retain(|index| !in_circle.contains(index));
    order
}
