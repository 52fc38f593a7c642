import { type Block, End } from "./block.ts";

/** Cycles between two looks at the budget, at most. */
const FARTHEST = 700;

/** The blocks in reverse postorder, with their dominators, loop headers and merges. */
export function orderBlocks(entry: Block): readonly Block[] {
  const blocks = reversePostorder(entry);
  for (const block of blocks) {
    block.predecessors = [];
    block.dominator = undefined;
    block.isHeader = false;
  }
  for (const block of blocks) {
    for (const successor of block.successors) successor.predecessors.push(block);
  }
  findDominators(blocks);
  for (const block of blocks) {
    let forward = 0;
    for (const predecessor of block.predecessors) {
      if (predecessor.order >= block.order) block.isHeader = true;
      else forward++;
    }
    block.isMerge = forward > 1;
  }
  return blocks;
}

/** Does every loop have one entry? The blocks are ordered. */
export function isReducible(blocks: readonly Block[]): boolean {
  return blocks.every(
    (block) =>
      !block.isHeader ||
      block.predecessors.every((predecessor) => predecessor.order < block.order || dominates(block, predecessor)),
  );
}

function reversePostorder(entry: Block): Block[] {
  const seen = new Set([entry]);
  const finished: Block[] = [];
  const stack: { block: Block; next: number }[] = [{ block: entry, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next < top.block.successors.length) {
      const successor = top.block.successors[top.next++];
      if (!seen.has(successor)) {
        seen.add(successor);
        stack.push({ block: successor, next: 0 });
      }
    } else {
      finished.push(top.block);
      stack.pop();
    }
  }
  finished.reverse();
  finished.forEach((block, index) => {
    block.order = index;
  });
  return finished;
}

/** Cooper, Harvey and Kennedy's iteration. */
function findDominators(blocks: readonly Block[]): void {
  blocks[0].dominator = blocks[0];
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = 1; index < blocks.length; index++) {
      const block = blocks[index];
      let found: Block | undefined;
      for (const predecessor of block.predecessors) {
        if (predecessor.dominator === undefined) continue;
        found = found === undefined ? predecessor : common(found, predecessor);
      }
      if (found !== block.dominator) {
        block.dominator = found;
        changed = true;
      }
    }
  }
}

function common(first: Block, second: Block): Block {
  let a = first;
  let b = second;
  while (a !== b) {
    while (a.order > b.order) a = a.dominator!;
    while (b.order > a.order) b = b.dominator!;
  }
  return a;
}

function dominates(block: Block, other: Block): boolean {
  let at = other;
  while (at.order > block.order) at = at.dominator!;
  return at === block;
}

/**
 * The budget is looked at on entry, at loop headers and behind calls; what lies between is paid for together there,
 * by the dearest way through.
 */
export function placeLooks(blocks: readonly Block[]): void {
  const looks = new Set<Block>([blocks[0]]);
  for (const block of blocks) {
    // A router has no address of its own: what it leads to looks.
    if (block.end === End.ROUTE || block.end === End.SELECT) {
      for (const successor of block.successors) looks.add(successor);
    } else if (block.isHeader) looks.add(block);
    if (block.end === End.CALL || block.end === End.DYNAMIC_CALL) {
      for (const successor of block.successors) looks.add(successor);
    }
  }
  for (const block of looks) if (block.isRouting) looks.delete(block);
  for (let index = blocks.length - 1; index >= 0; index--) {
    const block = blocks[index];
    let beyond = 0;
    for (const successor of block.successors) {
      // A taken conditional branch costs one more.
      const way = looks.has(successor) ? 1 : successor.cost + successor.beyond + 1;
      if (way > beyond) beyond = way;
    }
    block.beyond = beyond;
    if (block.cost + beyond > FARTHEST && !block.isRouting) looks.add(block);
    if (looks.has(block)) block.look = block.cost + beyond;
  }
}
