//! The spans of one trace as a tree, whatever the spans claim: cycles, orphans, repeated ids and skewed clocks have a stated answer each.
//!
//! - A span whose parent is not there is an orphan: it stands among the roots and is marked.
//! - A call and the request that it made may share an id (Zipkin, Envoy): the request hangs from the call, and what its service did from the request.
//! - Of other spans with one id the first in time stands for the id; the others stay in the tree as spans of their own, marked as repeats.
//! - Spans that are each other's ancestors hang under nobody: the earliest of a cycle becomes a root and is marked.
//! - A child that begins before its parent is marked as skewed: no clock that is right shows that. For self times and the critical path a child counts
//!   only as far as it lies inside its parent; in print it keeps its own times.
//!
//! Work is proportional to n log n, memory to n, and nothing recurses, so 100,000 spans in one chain are as good as any.

use std::collections::HashMap;

/// What the tree must know of a span. Times in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeSpan<'a> {
    pub id: &'a str,
    /// Empty for a root.
    pub parent: &'a str,
    pub start: i64,
    /// In nanoseconds.
    pub duration: u64,
    pub service: &'a str,
    /// Whether it waits for another service: a client's or a producer's span.
    pub is_call: bool,
}

/// A span's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Index of the parent in the input; none for a root.
    pub parent: Option<usize>,
    pub depth: u32,
    /// Nanoseconds in which no child was running.
    pub self_time: u64,
    pub is_orphan: bool,
    pub is_repeat: bool,
    pub was_in_cycle: bool,
    pub is_skewed: bool,
    /// Nanoseconds of the trace's length that this span alone accounts for; 0 off the critical path.
    pub critical: u64,
}

/// The tree: a place for each span of the input, and the order in which to print them (a parent before its children, siblings by time).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    pub places: Vec<Place>,
    pub order: Vec<usize>,
}

/// Builds the tree of `spans`.
pub fn tree(spans: &[TreeSpan]) -> Tree {
    let by_time = by_time(spans);
    let mut places = vec![Place::default(); spans.len()];
    find_parents(spans, &by_time, &mut places);
    break_cycles(&by_time, &mut places);
    let children = children(&by_time, &places);
    let order = in_print_order(&by_time, &children, &mut places);
    let mut tree = Tree { places, order };
    measure_self_times(spans, &children, &mut tree);
    walk_critical_path(spans, &children, &mut tree);
    tree
}

fn by_time(spans: &[TreeSpan]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    // Longer first at the same instant, so that what encloses comes before what is enclosed.
    order.sort_by(|left, right| {
        let key = |index: usize| {
            (
                spans[index].start,
                std::cmp::Reverse(spans[index].duration),
                spans[index].id,
                index,
            )
        };
        key(*left).cmp(&key(*right))
    });
    order
}

/// The spans that stand for an id: the first in time, and where that is a call, the first request with the same id; or the other way round.
#[derive(Default)]
struct Sharers {
    call: Option<usize>,
    other: Option<usize>,
}

fn find_parents(spans: &[TreeSpan], by_time: &[usize], places: &mut [Place]) {
    let mut sharers: HashMap<&str, Sharers> = HashMap::with_capacity(spans.len());
    for index in by_time {
        let span = &spans[*index];
        if span.id.is_empty() {
            continue;
        }
        let known = sharers.entry(span.id).or_default();
        let same = if span.is_call {
            &mut known.call
        } else {
            &mut known.other
        };
        match same {
            Some(_) => places[*index].is_repeat = true,
            None => *same = Some(*index),
        }
    }
    for (index, span) in spans.iter().enumerate() {
        let shared = sharers.get(span.id).filter(|known| known.other == Some(index));
        if let Some(call) = shared.and_then(|known| known.call) {
            places[index].parent = Some(call);
            continue;
        }
        if span.parent.is_empty() {
            continue;
        }
        let parent = sharers.get(span.parent).and_then(|known| match known.other {
            Some(other) if known.call.is_none() || spans[other].service == span.service => Some(other),
            other => known.call.or(other),
        });
        match parent {
            // A span that names itself is a cycle of one.
            Some(parent) if parent == index => places[index].was_in_cycle = true,
            Some(parent) => places[index].parent = Some(parent),
            None => places[index].is_orphan = true,
        }
    }
}

/// Walks up from each span, in order of time; where a walk comes back to itself, the earliest span of that cycle loses its parent.
fn break_cycles(by_time: &[usize], places: &mut [Place]) {
    const SETTLED: usize = usize::MAX;
    let mut rank = vec![0; places.len()];
    for (number, index) in by_time.iter().enumerate() {
        rank[*index] = number;
    }
    let mut walk_of = vec![0; places.len()];
    for (walk, start) in (1..).zip(by_time) {
        let mut path = Vec::new();
        let mut at = Some(*start);
        while let Some(index) = at.filter(|index| walk_of[*index] != SETTLED) {
            if walk_of[index] == walk {
                let begin = path.iter().position(|member| *member == index).unwrap_or_default();
                let earliest = path[begin..].iter().copied().min_by_key(|member: &usize| rank[*member]);
                if let Some(root) = earliest {
                    places[root].parent = None;
                    places[root].was_in_cycle = true;
                }
                break;
            }
            walk_of[index] = walk;
            path.push(index);
            at = places[index].parent;
        }
        for index in path {
            walk_of[index] = SETTLED;
        }
    }
}

/// The children of each span, by time.
fn children(by_time: &[usize], places: &[Place]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); places.len()];
    for index in by_time {
        if let Some(parent) = places[*index].parent {
            children[parent].push(*index);
        }
    }
    children
}

fn in_print_order(by_time: &[usize], children: &[Vec<usize>], places: &mut [Place]) -> Vec<usize> {
    let mut order = Vec::with_capacity(places.len());
    let roots = by_time.iter().rev().filter(|index| places[**index].parent.is_none());
    let mut open: Vec<(usize, u32)> = roots.map(|root| (*root, 0)).collect();
    while let Some((index, depth)) = open.pop() {
        places[index].depth = depth;
        order.push(index);
        open.extend(children[index].iter().rev().map(|child| (*child, depth + 1)));
    }
    order
}

/// Where a span begins and ends, cut to `within`; none where nothing is left.
fn clipped(span: &TreeSpan, within: (i64, i64)) -> Option<(i64, i64)> {
    let start = span.start.max(within.0);
    let end = end(span).min(within.1);
    (start < end).then_some((start, end))
}

fn end(span: &TreeSpan) -> i64 {
    let duration = i64::try_from(span.duration).unwrap_or(i64::MAX);
    span.start.saturating_add(duration)
}

fn measure_self_times(spans: &[TreeSpan], children: &[Vec<usize>], tree: &mut Tree) {
    for (index, span) in spans.iter().enumerate() {
        let whole = (span.start, end(span));
        let (mut busy, mut reached) = (0, whole.0);
        // Children stand in order of their beginning, so that one sweep finds what they cover together.
        for child in &children[index] {
            tree.places[*child].is_skewed = spans[*child].start < span.start;
            if let Some((from, to)) = clipped(&spans[*child], whole) {
                busy += to.abs_diff(from.max(reached).min(to));
                reached = reached.max(to);
            }
        }
        tree.places[index].self_time = whole.1.abs_diff(whole.0).saturating_sub(busy);
    }
}

/// A span on the critical path while the walk is inside it.
struct Step {
    index: usize,
    from: i64,
    /// All after it is accounted for.
    cursor: i64,
    /// What is left of its children, the first to end last.
    children: Vec<(i64, i64, usize)>,
}

/// From the root's end backwards: time belongs to the child that ended last before it, and to the span itself where no child had been running
/// (the algorithm of Jaeger's critical path). The root is the longest span that is nobody's child, orphans only where there is no other.
fn walk_critical_path(spans: &[TreeSpan], children: &[Vec<usize>], tree: &mut Tree) {
    let places = &mut tree.places;
    let step = |index: usize, within: (i64, i64)| {
        let mut inside: Vec<_> = children[index]
            .iter()
            .filter_map(|child| clipped(&spans[*child], within).map(|(from, to)| (to, from, *child)))
            .collect();
        inside.sort_unstable();
        Step {
            index,
            from: within.0,
            cursor: within.1,
            children: inside,
        }
    };
    let roots = (0..spans.len()).filter(|index| places[*index].parent.is_none());
    let Some(root) = roots.max_by_key(|index| {
        (
            !places[*index].is_orphan,
            spans[*index].duration,
            std::cmp::Reverse(*index),
        )
    }) else {
        return;
    };
    let mut open = vec![step(root, (spans[root].start, end(&spans[root])))];
    while let Some(current) = open.last_mut() {
        let Some((to, from, child)) = current.children.pop() else {
            places[current.index].critical += current.cursor.abs_diff(current.from);
            open.pop();
            continue;
        };
        // One that ended after the cursor ran beside a child that is on the path already.
        if to > current.cursor {
            continue;
        }
        places[current.index].critical += current.cursor.abs_diff(to);
        current.cursor = from;
        open.push(step(child, (from, to)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span<'a>(id: &'a str, parent: &'a str, start: i64, duration: u64) -> TreeSpan<'a> {
        TreeSpan {
            id,
            parent,
            start,
            duration,
            service: "",
            is_call: false,
        }
    }

    #[test]
    fn a_request_that_shares_its_calls_id_hangs_from_the_call() {
        let of = |service, is_call, span: TreeSpan<'static>| TreeSpan {
            service,
            is_call,
            ..span
        };
        let spans = [
            of("web", false, span("1", "", 0, 100)),
            of("web", true, span("2", "1", 10, 80)),
            of("cart", false, span("2", "1", 12, 70)),
            of("cart", true, span("3", "2", 20, 40)),
            // The clock of this one is behind its caller's.
            of("stock", false, span("3", "2", 5, 30)),
        ];
        let places = tree(&spans).places;
        assert_eq!(
            [0, 1, 2, 3, 4].map(|index| places[index].parent),
            [None, Some(0), Some(1), Some(2), Some(3)]
        );
        assert!(places.iter().all(|place| !place.is_repeat));
    }

    #[test]
    fn self_times_and_the_critical_path_of_a_trace_by_hand() {
        // a runs 0 to 100; b 10 to 40 and c 30 to 90 overlap; d 50 to 60 in c.
        let spans = [
            span("d", "c", 50, 10),
            span("a", "", 0, 100),
            span("c", "a", 30, 60),
            span("b", "a", 10, 30),
        ];
        let tree = tree(&spans);
        assert_eq!(tree.order, [1, 3, 2, 0]);
        let place = |index: usize| tree.places[index];
        assert_eq!([0, 1, 2, 3].map(|index| place(index).self_time), [10, 20, 50, 30]);
        // 90 to 100 and 0 to 30 are a's own on the path, since b ended after c had begun.
        assert_eq!([0, 1, 2, 3].map(|index| place(index).critical), [10, 40, 50, 0]);
        assert_eq!([0, 1, 2, 3].map(|index| place(index).depth), [2, 0, 1, 1]);
    }

    #[test]
    fn cycles_orphans_repeats_and_skew_have_their_stated_answers() {
        let spans = [
            span("a", "b", 5, 10),
            span("b", "a", 3, 10),
            span("x", "x", 1, 1),
            span("o", "gone", 2, 1),
            span("r", "", 0, 50),
            span("r", "", 7, 5),
            span("s", "r", -4, 10),
        ];
        let tree = tree(&spans);
        let place = |index: usize| tree.places[index];
        assert_eq!((place(1).parent, place(1).was_in_cycle), (None, true));
        assert_eq!((place(0).parent, place(0).was_in_cycle), (Some(1), false));
        assert_eq!((place(2).parent, place(2).was_in_cycle), (None, true));
        assert!(place(3).is_orphan && place(5).is_repeat && !place(4).is_repeat);
        assert!(place(6).is_skewed);
        assert_eq!(place(4).self_time, 44, "what lies before the parent does not count");
    }

    #[test]
    fn a_hundred_thousand_spans_in_one_chain_one_fan_and_one_cycle() {
        const SPANS: usize = 100_000;
        let ids: Vec<String> = (0..SPANS).map(|number| format!("{number:016x}")).collect();
        let chain: Vec<TreeSpan> = (0..SPANS)
            .map(|number| {
                let parent = number.checked_sub(1).map_or("", |parent| &ids[parent]);
                span(&ids[number], parent, number as i64, (2 * (SPANS - number)) as u64)
            })
            .collect();
        assert_eq!(tree(&chain).places[SPANS - 1].depth, SPANS as u32 - 1);
        let fan: Vec<TreeSpan> = (0..SPANS)
            .map(|number| {
                span(
                    &ids[number],
                    if number == 0 { "" } else { &ids[0] },
                    number as i64,
                    SPANS as u64,
                )
            })
            .collect();
        assert_eq!(tree(&fan).order.len(), SPANS);
        let ring: Vec<TreeSpan> = (0..SPANS)
            .map(|number| span(&ids[number], &ids[(number + 1) % SPANS], number as i64, 5))
            .collect();
        let ring = tree(&ring);
        assert_eq!(ring.places.iter().filter(|place| place.was_in_cycle).count(), 1);
        assert!(ring.places[0].was_in_cycle, "the earliest becomes the root");
    }

    proptest! {
        #[test]
        fn whatever_the_spans_claim_each_has_one_place(
            raw in prop::collection::vec((0_usize..12, 0_usize..14, any::<i64>(), any::<u64>()), 0..60),
            small in any::<bool>(),
        ) {
            let ids: Vec<String> = (0..14).map(|number| if number == 0 { String::new() } else { format!("{number}") }).collect();
            let spans: Vec<TreeSpan> = raw
                .iter()
                .map(|(id, parent, start, duration)| {
                    let (start, duration) = if small { (start % 100, duration % 100) } else { (*start, *duration) };
                    span(&ids[*id], &ids[*parent], start, duration)
                })
                .collect();
            let tree = tree(&spans);
            let mut order = tree.order.clone();
            order.sort_unstable();
            prop_assert_eq!(order, (0..spans.len()).collect::<Vec<_>>());
            let mut printed = vec![false; spans.len()];
            for index in &tree.order {
                let place = tree.places[*index];
                if let Some(parent) = place.parent {
                    prop_assert!(printed[parent], "a parent comes before its children");
                    prop_assert_eq!(place.depth, tree.places[parent].depth + 1);
                }
                printed[*index] = true;
                let length = end(&spans[*index]).abs_diff(spans[*index].start);
                prop_assert!(place.self_time <= length && place.critical <= length);
            }
            // The critical path accounts for the root's whole length, no more and no less.
            let roots = (0..spans.len()).filter(|index| tree.places[*index].parent.is_none());
            let root = roots.max_by_key(|index| (!tree.places[*index].is_orphan, spans[*index].duration, std::cmp::Reverse(*index)));
            let length = root.map_or(0, |root| end(&spans[root]).abs_diff(spans[root].start));
            let critical: u128 = tree.places.iter().map(|place| u128::from(place.critical)).sum();
            prop_assert_eq!(critical, u128::from(length));
        }
    }
}
