import { describe, expect, it } from 'vitest';

import { drawn, type Edge, type Node, NODE } from './layout';

/** Forty services in layers, each calling some of the next, and one cycle. */
function forty(): { nodes: Node[]; edges: Edge[] } {
  const nodes: Node[] = Array.from({ length: 40 }, (_, i) => ({ name: `service-${String(i).padStart(2, '0')}`, status: i === 33 ? 'critical' : 'healthy' }));
  const edges: Edge[] = [];
  for (let i = 0; i < 32; i += 1) {
    for (const step of [8, 9, 11]) {
      const callee = nodes[i + step];
      if (callee && (i * step) % 3 !== 1) {
        edges.push({ caller: nodes[i]?.name ?? '', callee: callee.name, calls: 10 + i, errors: 0 });
      }
    }
  }
  edges.push({ caller: 'service-39', callee: 'service-01', calls: 1, errors: 0 });
  return { nodes, edges };
}

describe('drawn', () => {
  it('keeps forty services apart', () => {
    const { nodes, edges } = forty();
    const graph = drawn(nodes, edges);
    expect(graph.nodes).toHaveLength(40);
    for (const [i, a] of graph.nodes.entries()) {
      for (const b of graph.nodes.slice(i + 1)) {
        const isApart = Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height;
        expect(isApart, `${a.of.name} and ${b.of.name}`).toBe(true);
      }
    }
    expect(graph.width).toBeLessThan(2400);
    expect(graph.height).toBeLessThan(1400);
  });
  it('puts callers left of callees', () => {
    const nodes = ['frontend', 'checkout', 'payment'].map((name) => ({ name, status: 'healthy' }));
    const graph = drawn(nodes, [
      { caller: 'checkout', callee: 'payment', calls: 1, errors: 1 },
      { caller: 'frontend', callee: 'checkout', calls: 1, errors: 0 },
    ]);
    const x = Object.fromEntries(graph.nodes.map((node) => [node.of.name, node.x]));
    expect(x.frontend).toBeLessThan(x.checkout as number);
    expect(x.checkout).toBeLessThan(x.payment as number);
  });
  it('draws the same whatever order it comes in', () => {
    const { nodes, edges } = forty();
    expect(drawn([...nodes].reverse(), [...edges].reverse())).toEqual(drawn(nodes, edges));
  });
  it('leaves out calls to oneself and to what is not there', () => {
    const graph = drawn([{ name: 'a', status: 'unknown' }], [
      { caller: 'a', callee: 'a', calls: 1, errors: 0 },
      { caller: 'a', callee: 'b', calls: 1, errors: 0 },
    ]);
    expect([graph.nodes.length, graph.edges.length]).toEqual([1, 0]);
  });
});
