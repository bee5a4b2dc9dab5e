import { Graph, layout } from '@dagrejs/dagre';

export interface Node {
  name: string;
  /** As of a service: critical, degraded, healthy or unknown. */
  status: string;
  isRootCause?: boolean;
  isAffected?: boolean;
}

export interface Edge {
  caller: string;
  callee: string;
  calls: number;
  errors: number;
  p95Ms?: number | null;
  /** On the way by which the fault travels. */
  isOnWay?: boolean;
}

export interface Placed<T> {
  of: T;
  x: number;
  y: number;
}

export interface Drawn {
  width: number;
  height: number;
  nodes: Array<Placed<Node>>;
  edges: Array<{ of: Edge; points: Array<{ x: number; y: number }> }>;
}

export const NODE = { width: 168, height: 36 };

/** Callers left of callees. The same graph is drawn the same, whatever order it comes in. */
export function drawn(nodes: Node[], edges: Edge[]): Drawn {
  const graph = new Graph().setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 72, marginx: 8, marginy: 8 }).setDefaultEdgeLabel(() => ({}));
  const byName = [...nodes].sort((a, b) => a.name.localeCompare(b.name));
  const known = new Set(byName.map(({ name }) => name));
  const between = edges
    .filter(({ caller, callee }) => caller !== callee && known.has(caller) && known.has(callee))
    .sort((a, b) => a.caller.localeCompare(b.caller) || a.callee.localeCompare(b.callee));
  for (const node of byName) {
    graph.setNode(node.name, { ...NODE });
  }
  for (const { caller, callee, isOnWay } of between) {
    graph.setEdge(caller, callee, { weight: isOnWay ? 4 : 1 });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: byName.map((of) => ({ of, x: graph.node(of.name).x, y: graph.node(of.name).y })),
    edges: between.map((of) => ({ of, points: graph.edge(of.caller, of.callee).points })),
  };
}
