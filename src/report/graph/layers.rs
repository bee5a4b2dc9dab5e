//! Where the nodes and edges of a graph of calls stand: callers to the left of what they call, few crossings, edges that go around nodes.
//!
//! After Sugiyama, Tagawa and Toda (1981): turn the edges that close a ring, give each node a layer, put a bend into each layer that an edge
//! passes, order the layers so that fewer edges cross, and move each node to the height of its neighbours.

use std::collections::BTreeMap;

/// What a node and a bend take of a layer's height.
const NODE: f64 = 60.0;
const BEND: f64 = 18.0;
/// From one layer to the next.
const LAYER: f64 = 280.0;
/// How often the layers are ordered by their neighbours.
const SWEEPS: usize = 12;

/// The places of a graph. Points are the middles of nodes and bends.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    pub nodes: Vec<(f64, f64)>,
    /// For each edge the points that it goes through, from its caller to its callee.
    pub edges: Vec<Vec<(f64, f64)>>,
}

/// Places `nodes` nodes by the edges between them, none of which leads to its own beginning.
pub fn place(nodes: usize, edges: &[(usize, usize)]) -> Places {
    let forward = without_rings(nodes, edges);
    let layers = layers(nodes, &forward);
    let mut chart = Chart::new(nodes, layers, &forward);
    chart.order();
    let heights = chart.heights();
    let point = |node: usize| (chart.layer_of[node] as f64 * LAYER, heights[node]);
    let ways = chart.ways.iter().zip(edges).zip(&forward);
    Places {
        nodes: (0..nodes).map(point).collect(),
        edges: ways
            .map(|((way, edge), turned)| {
                let points = way.iter().map(|node| point(*node));
                match edge == turned {
                    true => points.collect(),
                    false => points.rev().collect(),
                }
            })
            .collect(),
    }
}

/// The edges, those turned around that close a ring.
fn without_rings(nodes: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut turned = edges.to_vec();
    let mut seen = vec![Seen::No; nodes];
    // Those that nobody calls begin, so that a ring is entered where calls enter it.
    let is_called = |node: &usize| edges.iter().any(|(_, callee)| callee == node);
    let (called, first): (Vec<usize>, Vec<usize>) = (0..nodes).partition(is_called);
    for start in first.into_iter().chain(called) {
        if seen[start] != Seen::No {
            continue;
        }
        seen[start] = Seen::Open;
        let mut open = vec![(start, 0)];
        while let Some((node, at)) = open.last_mut() {
            let (node, index) = (*node, *at);
            *at += 1;
            match edges.get(index) {
                None => {
                    seen[node] = Seen::Done;
                    open.pop();
                }
                Some((caller, callee)) if *caller == node => match seen[*callee] {
                    Seen::No => {
                        seen[*callee] = Seen::Open;
                        open.push((*callee, 0));
                    }
                    Seen::Open => turned[index] = (*callee, node),
                    Seen::Done => {}
                },
                Some(_) => {}
            }
        }
    }
    turned
}

/// The longest way to each node from one that nobody calls.
fn layers(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; nodes];
    // Without rings no way is longer than this.
    for _ in 0..nodes {
        let mut is_moved = false;
        for (caller, callee) in edges {
            if layers[*callee] <= layers[*caller] {
                layers[*callee] = layers[*caller] + 1;
                is_moved = true;
            }
        }
        if !is_moved {
            break;
        }
    }
    layers
}

/// Nodes and bends in their layers.
struct Chart {
    layer_of: Vec<usize>,
    /// Of each layer, from the top.
    order: Vec<Vec<usize>>,
    /// For each edge: its caller, its bends, its callee.
    ways: Vec<Vec<usize>>,
    /// Of each node and bend: those next to it in the layer before, and in the one behind.
    neighbours: Vec<[Vec<usize>; 2]>,
    nodes: usize,
}

impl Chart {
    fn new(nodes: usize, mut layer_of: Vec<usize>, edges: &[(usize, usize)]) -> Self {
        let mut ways = Vec::with_capacity(edges.len());
        for (caller, callee) in edges {
            let mut way = vec![*caller];
            for layer in layer_of[*caller] + 1..layer_of[*callee] {
                way.push(layer_of.len());
                layer_of.push(layer);
            }
            way.push(*callee);
            ways.push(way);
        }
        let mut neighbours = vec![[vec![], vec![]]; layer_of.len()];
        for step in ways.iter().flat_map(|way| way.windows(2)) {
            neighbours[step[0]][1].push(step[1]);
            neighbours[step[1]][0].push(step[0]);
        }
        let mut order = vec![vec![]; layer_of.iter().max().map_or(0, |last| last + 1)];
        for (node, layer) in layer_of.iter().enumerate() {
            order[*layer].push(node);
        }
        Self {
            layer_of,
            order,
            ways,
            neighbours,
            nodes,
        }
    }

    /// Orders each layer by the middle of its neighbours, to and fro, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.order.clone());
        for sweep in 0..SWEEPS {
            let count = self.order.len();
            let towards = sweep % 2;
            for step in 1..count {
                let layer = if towards == 0 { step } else { count - 1 - step };
                let places = self.places();
                let middle = |node: &usize| {
                    let near = &self.neighbours[*node][towards];
                    match near.is_empty() {
                        true => places[*node],
                        false => near.iter().map(|other| places[*other]).sum::<f64>() / near.len() as f64,
                    }
                };
                let mut keyed: Vec<(f64, usize)> = self.order[layer].iter().map(|node| (middle(node), *node)).collect();
                keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
                self.order[layer] = keyed.into_iter().map(|(_, node)| node).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// Where each node stands in its layer, as a share of the layer's length.
    fn places(&self) -> Vec<f64> {
        let mut places = vec![0.0; self.layer_of.len()];
        for layer in &self.order {
            for (index, node) in layer.iter().enumerate() {
                places[*node] = (index as f64 + 0.5) / layer.len() as f64;
            }
        }
        places
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut steps: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
        for step in self.ways.iter().flat_map(|way| way.windows(2)) {
            let between = steps.entry(self.layer_of[step[0]]).or_default();
            between.push((places[step[0]], places[step[1]]));
        }
        let crossed = |steps: &Vec<(f64, f64)>| {
            let pairs = steps.iter().enumerate().flat_map(|(index, one)| {
                let others = steps[index + 1..].iter();
                others.map(move |other| (one.0 - other.0) * (one.1 - other.1))
            });
            pairs.filter(|product| *product < 0.0).count()
        };
        steps.values().map(crossed).sum()
    }

    fn takes(&self, node: usize) -> f64 {
        if node < self.nodes { NODE } else { BEND }
    }

    /// The heights: as near to those of the neighbours as the order and the room that each takes allow.
    fn heights(&self) -> Vec<f64> {
        let mut heights = vec![0.0; self.layer_of.len()];
        for layer in &self.order {
            let all: f64 = layer.iter().map(|node| self.takes(*node)).sum();
            let mut top = -all / 2.0;
            for node in layer {
                heights[*node] = top + self.takes(*node) / 2.0;
                top += self.takes(*node);
            }
        }
        for _ in 0..SWEEPS {
            for layer in &self.order {
                let wanted = layer.iter().map(|node| {
                    let near = self.neighbours[*node].iter().flatten();
                    let (sum, many) = near.fold((0.0, 0.0), |(sum, many), other| (sum + heights[*other], many + 1.0));
                    if many == 0.0 { heights[*node] } else { sum / many }
                });
                let takes: Vec<f64> = layer.iter().map(|node| self.takes(*node)).collect();
                let settled = settle(&wanted.collect::<Vec<_>>(), &takes);
                for (node, height) in layer.iter().zip(settled) {
                    heights[*node] = height;
                }
            }
        }
        let least = heights.iter().copied().fold(f64::INFINITY, f64::min);
        heights.iter().map(|height| height - least).collect()
    }
}

/// The heights nearest to those that are wanted (least squares) at which nothing overlaps and the order stays: neighbours that would
/// overlap are moved together (pool adjacent violators).
fn settle(wanted: &[f64], takes: &[f64]) -> Vec<f64> {
    // How far each would be from the first one, without a gap.
    let mut offsets = Vec::with_capacity(takes.len());
    let mut offset = 0.0;
    for (index, size) in takes.iter().enumerate() {
        if index > 0 {
            offset += (takes[index - 1] + size) / 2.0;
        }
        offsets.push(offset);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (height, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (height - offset, 1);
        while let Some(before) = pools.last().copied().filter(|before| before.0 > pool.0) {
            pools.pop();
            let many = before.1 + pool.1;
            pool = (
                (before.0 * before.1 as f64 + pool.0 * pool.1 as f64) / many as f64,
                many,
            );
        }
        pools.push(pool);
    }
    let starts = pools
        .into_iter()
        .flat_map(|(start, many)| std::iter::repeat_n(start, many));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_apart(places: &Places) {
        for (index, one) in places.nodes.iter().enumerate() {
            for other in &places.nodes[index + 1..] {
                let is_apart = one.0 != other.0 || (one.1 - other.1).abs() >= NODE - 1e-6;
                assert!(is_apart, "{one:?} and {other:?} overlap");
            }
        }
    }

    #[test]
    fn callers_stand_before_what_they_call_and_long_edges_bend() {
        let places = place(4, &[(0, 1), (1, 2), (0, 2), (3, 2)]);
        let column = |node: usize| places.nodes[node].0;
        assert!(column(0) < column(1) && column(1) < column(2) && column(3) < column(2));
        assert_eq!(places.edges[2].len(), 3, "{places:?}");
        assert_eq!(places.edges[2].first(), Some(&places.nodes[0]));
        assert_eq!(places.edges[2].last(), Some(&places.nodes[2]));
        assert_apart(&places);
    }

    #[test]
    fn a_ring_of_calls_is_placed_and_its_edges_run_from_caller_to_callee() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 1)];
        let places = place(3, &edges);
        for (way, (caller, callee)) in places.edges.iter().zip(edges) {
            assert_eq!(way.first(), Some(&places.nodes[caller]));
            assert_eq!(way.last(), Some(&places.nodes[callee]));
        }
        assert_apart(&places);
        assert_eq!(place(0, &[]).nodes, []);
        assert_eq!(place(1, &[]).nodes, [(0.0, 0.0)]);
    }

    #[test]
    fn two_that_would_cross_are_ordered_so_that_they_do_not() {
        let places = place(4, &[(0, 3), (1, 2)]);
        let height = |node: usize| places.nodes[node].1;
        assert_eq!(height(0) < height(1), height(3) < height(2), "{places:?}");
    }

    #[test]
    fn no_node_of_forty_overlaps_another() {
        let edges: Vec<(usize, usize)> = (1..40).flat_map(|node| [(node / 3, node), (node / 2, node)]).collect();
        let edges: Vec<_> = edges.into_iter().filter(|(one, other)| one != other).collect();
        assert_apart(&place(40, &edges));
    }
}
