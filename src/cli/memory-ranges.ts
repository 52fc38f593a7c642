import { hex32 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import type { MemoryRegion } from "../session/debug-session.ts";
import type { TargetForWork } from "./one-shot.ts";
import { Refusal } from "./refusal.ts";

const addressSpace = 2 ** 32;

/** What a verb wants to touch. */
export interface AddressRange {
  readonly address: number;
  /** Bytes. */
  readonly length: number;
}

/** Throws `range-wraps` for a range that does not end within the address space; to be called before anything is opened. */
export function checkWraps({ address, length }: AddressRange): void {
  if (address + length <= addressSpace) return;
  throw new Refusal(
    "range-wraps",
    `${length} bytes at ${hex32(address)} reach beyond 0xffffffff, the end of the address space.`,
    { facts: { address, length }, remedy: [`At most ${addressSpace - address} bytes can be meant.`] },
  );
}

/** Throws `address-unaligned` unless address and length are multiples of an access of `width` bits. */
export function checkAligned({ address, length }: AddressRange, width: 8 | 16 | 32): void {
  const bytes = width / 8;
  if (address % bytes === 0 && length % bytes === 0) return;
  const what = address % bytes === 0 ? `The length ${length}` : `The address ${hex32(address)}`;
  throw new Refusal("address-unaligned", `${what} is no multiple of ${bytes}, as accesses of ${width} bits need.`, {
    facts: { address, length, width },
    remedy: [`Give multiples of ${bytes}, or a smaller --width.`],
  });
}

/** Throws `range-leaves-memory` when a range begins in a memory of the chip and ends behind it. */
export function checkWithinMemory(map: readonly MemoryRegion[], { address, length }: AddressRange): void {
  const first = regionAt(map, address);
  if (first === undefined || first.kind === "io") return;
  let end = first.start + first.length;
  // Runs of sectors of one memory follow each other, and so may two memories.
  for (let next = regionAt(map, end); next !== undefined && next.kind !== "io"; next = regionAt(map, end))
    end = next.start + next.length;
  if (address + length <= end) return;
  throw new Refusal(
    "range-leaves-memory",
    `${length} bytes at ${hex32(address)} reach to ${hex32(address + length - 1)}, but the ${memoryWords[first.kind]} there ends at ${hex32(end - 1)}.`,
    {
      facts: { address, length, end },
      remedy: [`At most ${end - address} bytes are there; probity info says what this chip has.`],
    },
  );
}

/** The region of the map that holds this address. */
export function regionAt(map: readonly MemoryRegion[], address: number): MemoryRegion | undefined {
  return map.find(({ start, length }) => address >= start && address < start + length);
}

/** Names of the memories, for sentences. */
export const memoryWords: Readonly<Record<MemoryRegion["kind"], string>> = {
  flash: "flash",
  ram: "RAM",
  rom: "read-only memory",
  io: "peripheral space",
};

/**
 * Throws `flash-unsupported` when the range has flash that nobody can write here: this chip's controller is not known and
 * no loader was given for it.
 */
export function noFlashHere({ session, loaded, chip }: TargetForWork, address: number, length: number): void {
  if (session.flash !== undefined) return;
  const inFlash = session.memoryMap.some(
    ({ kind, start, length: size }) => kind === "flash" && address < start + size && address + length > start,
  );
  // Of an unknown chip no memory is known; every STM32 has its flash here, if it has any.
  const perhaps = chip.row === undefined && address >= 0x08000000 && address < 0x10000000;
  if (!(inFlash || perhaps) || loaded.some((memory) => memory.contains(address))) return;
  throw new Refusal("flash-unsupported", `The flash of ${chip.name} cannot be programmed by Probity itself yet.`, {
    facts: { address, length },
    remedy: [
      "Give the CMSIS-Pack flash algorithm (.FLM) for this chip: --loader FILE.",
      "Or program it with another tool.",
    ],
  });
}

/**
 * What is told when the bus answered an access with an error: outside of the chip's memories that means that nothing is
 * there. Any other error, and one in a memory, stays what it is: its cause has to be looked for.
 */
export function bareFault({ session }: TargetForWork, { address, length }: AddressRange, error: unknown): unknown {
  if (!isProbityError(error, "memory-fault")) return error;
  const kind = regionAt(session.memoryMap, address)?.kind;
  if (kind !== undefined && kind !== "io") return error;
  return new Refusal(
    "memory-fault",
    `The bus answers with an error at ${hex32(address)}${length > 4 ? `, or within ${length} bytes behind it` : ""}: nothing that can be accessed in this way is there.`,
    {
      facts: { address, length },
      remedy: [
        "Check the address against the reference manual of this chip.",
        "A peripheral may need its clock (RCC), and some registers take accesses of one width alone: --width.",
      ],
      cause: error,
    },
  );
}
