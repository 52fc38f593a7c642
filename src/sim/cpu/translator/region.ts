import { groupAccesses } from "./access-groups.ts";
import type { Block } from "./block.ts";
import type { Flow } from "./discover.ts";
import { BlockEmitter } from "./emit-flow.ts";
import { Emitter, type Surroundings } from "./emitter.ts";
import type { Site } from "./exit-info.ts";
import { placeFlags } from "./flags.ts";
import { isReducible, orderBlocks, placeLooks } from "./order.ts";
import { makeReducible } from "./reducible.ts";
import { placeRegisters } from "./registers.ts";
import { addRoutes } from "./routes.ts";
import { type ByteWriter, Wasm } from "./wasm-writer.ts";

/** What is known of a region when it is written. */
export interface Written {
  /** The slots at which it can be entered beside its start: entry n at index n - 1. */
  readonly slots: readonly number[];
  readonly sites: readonly Site[];
}

/** Writes the function of a region into `into`, and where its branches go mostly into `hints`. */
export function emitRegion(flow: Flow, around: Surroundings, into: ByteWriter, hints: number[]): Written {
  const [first] = flow.blocks;
  let blocks = orderBlocks(first);
  if (!isReducible(blocks)) blocks = orderBlocks(makeReducible(first));
  const routes = addRoutes(blocks);
  if (routes.entry !== blocks[0]) blocks = orderBlocks(routes.entry);
  placeLooks(blocks);
  placeFlags(blocks);
  groupAccesses(blocks, around.goesOut);
  const e = new Emitter(around, placeRegisters(blocks));
  e.entries = routes.slots.length > 0;
  e.exitLabel = e.open(Wasm.BLOCK);
  new Structured(e, flow, blocks).emit();
  e.op(Wasm.UNREACHABLE);
  e.close();
  e.finish(into, hints, blocks[0].live);
  return { slots: routes.slots, sites: e.sites };
}

/** Loops and blocks nested after the dominator tree (Ramsey, "Beyond Relooper"). */
class Structured {
  readonly #e: Emitter;
  readonly #entry: Block;
  readonly #emitter: BlockEmitter;
  /** Merges that each block dominates directly, by its order, last first. */
  readonly #merges: Block[][];
  readonly #loops: number[];
  readonly #labels: number[];

  constructor(e: Emitter, flow: Flow, blocks: readonly Block[]) {
    this.#e = e;
    this.#entry = blocks[0];
    this.#emitter = new BlockEmitter(e, flow.contexts, (from, to) => this.#goTo(from, to));
    this.#merges = blocks.map(() => []);
    this.#loops = new Array<number>(blocks.length).fill(0);
    this.#labels = new Array<number>(blocks.length).fill(0);
    for (let index = blocks.length - 1; index > 0; index--) {
      const block = blocks[index];
      if (block.isMerge) this.#merges[block.dominator!.order].push(block);
    }
  }

  emit(): void {
    this.#e.passFlags(this.#entry.flags);
    this.#emitTree(this.#entry);
  }

  #emitTree(block: Block): void {
    const e = this.#e;
    if (block.isHeader) this.#loops[block.order] = e.open(Wasm.LOOP);
    const merges = this.#merges[block.order];
    for (const merge of merges) this.#labels[merge.order] = e.open(Wasm.BLOCK);
    this.#emitter.emit(block);
    for (let index = merges.length - 1; index >= 0; index--) {
      e.close();
      this.#emitTree(merges[index]);
    }
    if (block.isHeader) e.close();
  }

  #goTo(from: Block, to: Block): void {
    const e = this.#e;
    e.passFlags(to.flags);
    if (to.order <= from.order) e.branch(this.#loops[to.order]);
    else if (to.isMerge) e.branch(this.#labels[to.order]);
    else this.#emitTree(to);
  }
}
