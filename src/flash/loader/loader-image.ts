import { writeU32 } from "../../base/bytes.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { loaderQueue } from "../algorithms/loader-queue.ts";
import { GUARD_BYTES, type Placement } from "./placement.ts";
import { STACK_PATTERN } from "./post-mortem.ts";

/** The loader's span as it is to be at the start: its segments, and zeroes. */
export function loaderImage(loader: LoaderFile): Uint8Array {
  const image = new Uint8Array(loader.span.length);
  for (const { address, data } of loader.segments) image.set(data, address - loader.span.start);
  return image;
}

/** What stands beside the loader: guard, stack, vector table whose entries trap, and queue, as they lie. */
export function supportImage(placement: Placement, vectorCount: number): Uint8Array {
  const { support, stack, vectors, code, control, cells } = placement;
  const bytes = new Uint8Array(support.size);
  for (let at = 0; at < GUARD_BYTES + stack.top - stack.base; at += 4) writeU32(bytes, at, STACK_PATTERN);
  const table = vectors - support.base;
  writeU32(bytes, table, stack.top);
  const trap = (code + loaderQueue.labels.faultTrap) | 1;
  for (let i = 1; i < vectorCount; i++) writeU32(bytes, table + 4 * i, trap >>> 0);
  bytes.set(loaderQueue.code, code - support.base);
  const firstSlot = cells.base + cells.stride - 32;
  for (const [i, word] of [0, 0, firstSlot, cells.stride, cells.count].entries()) {
    writeU32(bytes, control - support.base + 4 * i, word);
  }
  return bytes;
}
