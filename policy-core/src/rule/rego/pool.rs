//! Threads whose stacks are large enough for the rule engine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The interpreter recurses: 200 chained rules need more than the 2 MB of a default thread. Only address space is
/// reserved.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Runs `work` on a thread of its own with a large stack and returns its result. Panics of `work` are passed on.
///
/// Should the system refuse the thread, `work` runs on the caller's stack.
pub fn run_on_big_stack<R: Send>(work: impl Fn() -> R + Sync) -> R {
    thread::scope(|scope| match builder().spawn_scoped(scope, &work) {
        Ok(thread) => thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(_) => work(),
    })
}

/// Maps `items` on up to `jobs` threads with large stacks, each with a worker of its own. The results are in the order of
/// the items, whatever the number of threads. Panics of `map` are passed on.
pub fn parallel<T, W, R>(
    jobs: usize,
    items: &[T],
    make_worker: impl Fn() -> W + Sync,
    map: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = None;
        let mut results = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else {
                return results;
            };
            results.push((position, map(worker.get_or_insert_with(&make_worker), item)));
        }
    };
    let mut results = thread::scope(|scope| {
        let jobs = jobs.clamp(1, items.len().max(1));
        let threads: Vec<_> = (0..jobs)
            .filter_map(|_| builder().spawn_scoped(scope, work).ok())
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for thread in threads {
            results.extend(
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        results
    });
    // Nothing is left unless not a single thread could be started.
    results.extend(work());
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

fn builder() -> thread::Builder {
    thread::Builder::new()
        .name("policy-rules".to_owned())
        .stack_size(STACK_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        for jobs in [0, 1, 2, 7, 200] {
            let doubled = parallel(
                jobs,
                &items,
                || 0_usize,
                |seen, item| {
                    *seen += 1;
                    item * 2
                },
            );
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        assert!(parallel(4, &[] as &[usize], || (), |(), item| *item).is_empty());
    }

    #[test]
    fn the_stack_is_large() {
        fn deep(left: usize) -> usize {
            let buffer = std::hint::black_box([left; 128]);
            if left == 0 {
                buffer[0]
            } else {
                deep(left - 1) + usize::from(buffer[1] == usize::MAX)
            }
        }
        // About 20 MB of frames: more than any default stack.
        assert_eq!(run_on_big_stack(|| deep(20_000)), 0);
    }

    #[test]
    fn panics_are_passed_on() {
        let caught = std::panic::catch_unwind(|| run_on_big_stack(|| -> usize { panic!("on purpose") }));
        assert!(caught.is_err());
    }
}
