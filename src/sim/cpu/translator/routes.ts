import { Block, End } from "./block.ts";

/** Entries of one region at most: their numbers go with the depth of calls. */
const MOST_ENTRIES = 200;

/** One loop of a region, with the loops inside it. */
interface Loop {
  readonly header: Block;
  readonly body: Set<Block>;
  parent: Loop | undefined;
  readonly inner: Loop[];
  /** What it can be entered at: its header, or the blocks that a selector leads to. */
  readonly own: { readonly number: number; readonly choice: number }[];
  /** Other places inside it, but in no loop inside it, that it can be entered at; their numbers follow. */
  readonly points: Block[];
  /** The greatest number of an entry before it, and inside it. */
  before: number;
  last: number;
  router: Block | undefined;
}

/** Where a region begins now, and the slots that it can be entered at: entry n at index n - 1. */
export interface Routes {
  readonly entry: Block;
  readonly slots: readonly number[];
}

/**
 * Lets a region be entered at its loop headers too, and wherever else it branches backwards to, so that a loop that runs
 * already can change over, and one function is translated once. The blocks must be ordered and reducible. A router in front of each loop with loops inside leads
 * an entry on to the one it means; everything else passes through it.
 */
export function addRoutes(blocks: readonly Block[]): Routes {
  if (!blocks.some((block) => block.isHeader || leadsToTarget(block))) return { entry: blocks[0], slots: [] };
  const loops = findLoops(blocks);
  const roots = loops.filter(({ parent }) => parent === undefined);
  const outside: Block[] = [];
  for (const block of findTargets(blocks)) {
    // The innermost loop stands last.
    const loop = loops.findLast(({ body }) => body.has(block));
    (loop?.points ?? outside).push(block);
  }
  const slots: number[] = [];
  const givePoints = (points: Block[]): void => {
    points.splice(Math.max(0, MOST_ENTRIES - slots.length));
    for (const { slot } of points) slots.push(slot);
  };
  const give = (loop: Loop): void => {
    // An inlined callee's loops are known by their caller alone.
    const { header, own } = loop;
    loop.before = slots.length;
    const heads = header.end === End.SELECT ? header.successors : [header];
    heads.forEach(({ slot, context, isRouting }, choice) => {
      if (context !== 0 || header === blocks[0] || isRouting || slots.length >= MOST_ENTRIES) return;
      slots.push(slot);
      own.push({ number: slots.length, choice: header.end === End.SELECT ? choice : -1 });
    });
    givePoints(loop.points);
    for (const inner of loop.inner) give(inner);
    loop.last = slots.length;
  };
  givePoints(outside);
  for (const root of roots) give(root);
  if (slots.length === 0) return { entry: blocks[0], slots };
  for (const loop of loops) if (needsRouter(loop)) addRouter(loop);
  for (const loop of loops) {
    if (loop.router !== undefined) fillRouter(loop.router, loop.header, loop);
  }
  // Whoever went to a header goes to its router.
  const routers = new Map(loops.map(({ header, router }) => [header, router]));
  for (const block of blocks) block.successors = block.successors.map((to) => routers.get(to) ?? to);
  const entry = new Block(blocks[0].slot, 0);
  entry.end = End.ROUTE;
  fillRouter(entry, routers.get(blocks[0]) ?? blocks[0], { own: [], points: outside, before: 0, inner: roots });
  return { entry, slots };
}

/** There are entries inside it, or several to choose from. */
function needsRouter({ own, header, before, last }: Loop): boolean {
  return last > before + own.length || (header.end === End.SELECT && own.length > 0);
}

function addRouter(loop: Loop): void {
  loop.router = new Block(loop.header.slot, loop.header.context);
  loop.router.end = End.ROUTE;
}

function fillRouter(
  router: Block,
  plain: Block,
  { own, points, before, inner }: Pick<Loop, "own" | "points" | "before" | "inner">,
): void {
  router.successors = [plain];
  router.routes = [];
  router.ownRoutes = own;
  points.forEach((block, index) => {
    router.routes.push({ last: before + own.length + index + 1, arrives: true });
    router.successors.push(block);
  });
  for (const loop of inner) {
    if (loop.last === loop.before) continue;
    router.routes.push({ last: loop.last, arrives: loop.router === undefined });
    router.successors.push(loop.router ?? loop.header);
  }
}

/**
 * Blocks that are branched to backwards, or that a callee comes back to, but that are no header of a loop, nor what a
 * selector leads to.
 */
function findTargets(blocks: readonly Block[]): Set<Block> {
  const found = new Set<Block>();
  for (const block of blocks) {
    if (block.context !== 0 || !leadsToTarget(block)) continue;
    const [target] = block.successors;
    const plain = !target.isRouting && !target.isHeader && target !== blocks[0];
    if (plain && target.context === 0) found.add(target);
  }
  return found;
}

/** What its first successor is may be reached from outside of the region, or often: see {@link findTargets}. */
function leadsToTarget({ code, end, successors }: Block): boolean {
  if (end === End.CALL || end === End.DYNAMIC_CALL) return true;
  return (end === End.JUMP || end === End.BRANCH) && successors[0].slot <= code[code.length - 1].slot;
}

function findLoops(blocks: readonly Block[]): Loop[] {
  const loops: Loop[] = [];
  for (const header of blocks) {
    if (!header.isHeader) continue;
    const body = new Set([header]);
    const work = header.predecessors.filter((block) => block.order >= header.order);
    while (work.length > 0) {
      const block = work.pop()!;
      if (body.has(block)) continue;
      body.add(block);
      work.push(...block.predecessors);
    }
    const loop: Loop = {
      header,
      body,
      parent: undefined,
      inner: [],
      own: [],
      points: [],
      before: 0,
      last: 0,
      router: undefined,
    };
    // In reverse postorder outer loops come first: the last that holds the header is the innermost.
    for (const outer of loops) if (outer.body.has(header)) loop.parent = outer;
    loop.parent?.inner.push(loop);
    loops.push(loop);
  }
  return loops;
}
