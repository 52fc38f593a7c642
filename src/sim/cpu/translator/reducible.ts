import { Block, End } from "./block.ts";

/**
 * Gives every loop a single entry, as WebAssembly's loops have: in front of a loop that is entered at several blocks
 * stands a selector, which all ways to those blocks pass through and which goes on by the number that each way sets
 * (as LLVM's back end for WebAssembly does with irreducible control flow). Returns the block to begin with.
 */
export function makeReducible(entry: Block): Block {
  const start = new Block(entry.slot, entry.context);
  start.end = End.FALL;
  start.successors = [entry];
  const all = reachable(start);
  for (const block of all) block.predecessors = [];
  for (const block of all) for (const successor of block.successors) successor.predecessors.push(block);
  const work: Set<Block>[] = [all];
  for (let blocks = work.pop(); blocks !== undefined; blocks = work.pop()) {
    for (const loop of findLoops(blocks)) {
      const entries = [...loop].filter(({ predecessors }) => predecessors.some((block) => !loop.has(block)));
      const header = entries.length === 1 ? entries[0] : putSelector(loop, entries);
      // What is left are the loops inside.
      loop.delete(header);
      work.push(loop);
    }
  }
  return start.successors[0] === entry ? entry : start;
}

function reachable(entry: Block): Set<Block> {
  const found = new Set([entry]);
  for (const block of found) for (const successor of block.successors) found.add(successor);
  return found;
}

function putSelector(loop: Set<Block>, entries: readonly Block[]): Block {
  const selector = new Block(entries[0].slot, entries[0].context);
  selector.end = End.SELECT;
  selector.successors = [...entries];
  entries.forEach((entry, choice) => {
    const inside = way(entry, choice, selector);
    const outside = way(entry, choice, selector);
    for (const block of entry.predecessors) {
      const stub = loop.has(block) ? inside : outside;
      block.successors = block.successors.map((to) => (to === entry ? stub : to));
      stub.predecessors.push(block);
    }
    for (const stub of [inside, outside]) if (stub.predecessors.length > 0) selector.predecessors.push(stub);
    entry.predecessors = [selector];
    if (inside.predecessors.length > 0) loop.add(inside);
  });
  loop.add(selector);
  return selector;
}

function way(to: Block, choice: number, selector: Block): Block {
  const block = new Block(to.slot, to.context);
  block.end = End.CHOOSE;
  block.choice = choice;
  block.successors = [selector];
  return block;
}

/** The strongly connected parts of a graph that hold a cycle (Tarjan's algorithm, without recursion). */
function findLoops(blocks: ReadonlySet<Block>): Set<Block>[] {
  const loops: Set<Block>[] = [];
  const index = new Map<Block, number>();
  const low = new Map<Block, number>();
  const path: Block[] = [];
  const onPath = new Set<Block>();
  for (const root of blocks) {
    if (index.has(root)) continue;
    const calls: { readonly block: Block; next: number }[] = [];
    const enter = (block: Block): void => {
      index.set(block, index.size);
      low.set(block, index.get(block)!);
      path.push(block);
      onPath.add(block);
      calls.push({ block, next: 0 });
    };
    enter(root);
    while (calls.length > 0) {
      const call = calls[calls.length - 1];
      const { block } = call;
      const successor = block.successors[call.next++];
      if (successor !== undefined) {
        if (!blocks.has(successor)) continue;
        if (!index.has(successor)) enter(successor);
        else if (onPath.has(successor)) low.set(block, Math.min(low.get(block)!, index.get(successor)!));
        continue;
      }
      calls.pop();
      const above = calls[calls.length - 1]?.block;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(block)!));
      if (low.get(block) !== index.get(block)) continue;
      const part = new Set<Block>();
      for (let member = path.pop()!; ; member = path.pop()!) {
        onPath.delete(member);
        part.add(member);
        if (member === block) break;
      }
      if (part.size > 1 || block.successors.includes(block)) loops.push(part);
    }
  }
  return loops;
}
