import { hex32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Chip } from "../../chips/chip.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { IdentifiedChip } from "../../stm32/identify.ts";
import { isSystemMemory } from "../../stm32/system-memory.ts";
import { samplePc } from "./core-steps.ts";
import type { FactRecorder } from "./fact-recorder.ts";

/** Places in flash that are looked at for anything but erased bytes, and how much at each. */
const places = 16;
const bytesAtPlace = 64;

/** Whether flash holds anything at all; looked at only when the vector table is erased. */
export async function lookForProgram(recorder: FactRecorder, port: MemoryPort, chip: IdentifiedChip): Promise<void> {
  const table = chip.state?.vectorTable;
  const erased = (0x01010101 * (chip.row?.erasedValue ?? 0xff)) >>> 0;
  if (table === undefined || table.stackPointer !== erased || table.resetVector !== erased) return;
  const step = Math.floor(chip.flashBytes / places);
  let seen = 0;
  for (; seen < places; seen++) {
    const bytes = await readOrEnd(port, table.at + seen * step, bytesAtPlace);
    if (bytes === undefined) break;
    if (bytes.some((byte) => byte !== (erased & 0xff))) return;
  }
  const bytes = seen * bytesAtPlace;
  recorder.read("flash-blank", { at: table.at, bytes }, `flash is erased at all ${seen} places that were looked at`);
}

/** `undefined` behind the end of flash, where the size register told too much. */
async function readOrEnd(port: MemoryPort, address: number, length: number): Promise<Uint8Array | undefined> {
  try {
    return await port.read(address, length);
  } catch (error) {
    if (isProbityError(error, "memory-fault")) return undefined;
    throw error;
  }
}

/** Families whose memory at address 0 is chosen by BOOT pins and seen there (the memory map of their manuals). */
const aliased = /^STM32(F[01234]|L[014]|G[04])$/;
/** Words compared: enough to tell vector tables apart. */
const compared = 4;

/** What answers at address 0: flash, ST's boot loader or SRAM. */
export async function lookAtBootMemory(
  recorder: FactRecorder,
  port: MemoryPort,
  clock: Clock,
  chip: IdentifiedChip,
  running: boolean,
): Promise<void> {
  const { row } = chip;
  if (row?.flashBase === undefined || row.systemMemory === undefined || !aliased.test(row.family)) return;
  // Protected flash is left alone, also where address 0 leads to it.
  if (chip.readProtected !== true && (await compareAtZero(recorder, port, row, row.flashBase, row.systemMemory.base))) {
    return;
  }
  if (!running) return;
  const samples = await samplePc(port, clock, 8);
  if (samples.length >= 4 && samples.every((pc) => isSystemMemory(row, pc))) {
    const pc = samples[samples.length - 1];
    recorder.read(
      "core-register",
      { name: "pc", value: pc },
      `PC ${hex32(pc)} in ${samples.length} samples of DWT_PCSR`,
    );
    recorder.read("boot-memory", { memory: "system" }, `the core runs in system memory (PC ${hex32(pc)})`);
  }
}

/** Compares the words at address 0 with those of each memory; resolves to whether that told them apart. */
async function compareAtZero(
  recorder: FactRecorder,
  port: MemoryPort,
  row: Chip,
  flash: number,
  system: number,
): Promise<boolean> {
  const words = async (base: number): Promise<string> =>
    (await port.words(Array.from({ length: compared }, (_, i) => ({ kind: "read", address: base + 4 * i }) as const)))
      .map(hex32)
      .join(" ");
  const zero = await words(0);
  const bases = { flash, system, sram: row.ram[0].base } as const;
  const same: (keyof typeof bases)[] = [];
  for (const [name, base] of Object.entries(bases) as [keyof typeof bases, number][]) {
    if ((await words(base)) === zero) same.push(name);
  }
  // Two memories that hold the same can't be told apart so.
  const memory = same.length === 1 ? same[0] : "unknown";
  const what =
    memory === "unknown"
      ? "what is mapped at address 0 could not be told"
      : `the words at address 0 are those at ${hex32(bases[memory])}`;
  recorder.read("boot-memory", { memory }, what);
  return memory !== "unknown";
}
