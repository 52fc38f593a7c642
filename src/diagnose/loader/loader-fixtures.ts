import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shortChipName } from "../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../chips/table.ts";
import type { LoaderFile, StldrFile } from "../../formats/loader-file.ts";
import { readLoader } from "../../formats/read-loader.ts";
import { decodeThumb, type ThumbInstruction } from "../../formats/thumb-instruction.ts";
import type { ExceptionFrame, LoaderFailure, LoaderTarget } from "./loader-facts.ts";

// For tests alone: the project's own loaders, and what would be read of a core that ran them.

/** One of the project's own loaders, by its path under `firmware/loaders`. */
export function ownLoader(path: string): StldrFile {
  const file = fileURLToPath(new URL(`../../../firmware/loaders/${path}`, import.meta.url));
  const loader = readLoader(new Uint8Array(readFileSync(file)), path);
  if (loader.format !== "stldr") throw new Error(`${path} is no .stldr`);
  return loader;
}

/** The same loader for a memory and board of another name. */
export function renamed(loader: LoaderFile, name: string): LoaderFile {
  return { ...loader, fileName: `${name}.stldr`, device: { ...loader.device, name } };
}

/** A `.stldr` whose `Init`, at 0x20000004, is these half-words; everything else is as in `like`. */
export function withCode(like: StldrFile, halfWords: readonly number[], variable?: string): StldrFile {
  const data = new Uint8Array(new Uint16Array(halfWords).buffer);
  const symbol = { binding: "global", section: 1, size: data.length } as const;
  const end = 0x20000004 + data.length;
  return {
    ...like,
    segments: [{ address: 0x20000004, data }],
    zeroed: [{ start: end, length: 4 }],
    span: { start: 0x20000004, length: data.length + 4 },
    functions: new Map([
      ["Init", 0x20000004],
      ["Write", 0x20000004],
    ]),
    symbols: [
      { ...symbol, name: "Init", value: 0x20000005, type: "function" },
      ...(variable === undefined ? [] : [{ ...symbol, name: variable, value: end, size: 4, type: "object" } as const]),
    ],
  };
}

/** A chip by its device id, with the RAM of its row. */
export function targetOf(deviceId: number): LoaderTarget {
  const chip = chipByDeviceId(deviceId);
  if (chip === undefined) throw new Error(`no chip ${deviceId}`);
  return { chip, chipName: shortChipName(chip), deviceId, ram: chip.ram };
}

/** Address of a symbol, without the Thumb bit. */
export function addressOf(loader: LoaderFile, name: string): number {
  const symbol = loader.symbols.find((each) => each.name === name || each.name.startsWith(`${name}.`));
  if (symbol === undefined) throw new Error(`no ${name} in ${loader.fileName}`);
  return symbol.type === "function" ? symbol.value - (symbol.value % 2) : symbol.value;
}

/** The n-th instruction of a function that is wanted. */
export function findInstruction(
  loader: LoaderFile,
  name: string,
  wanted: (instruction: ThumbInstruction) => boolean,
  nth = 0,
): { at: number; instruction: ThumbInstruction } {
  const start = addressOf(loader, name);
  const segment = loader.segments.find(({ address, data }) => start >= address && start < address + data.length);
  let left = nth;
  for (let at = start; segment !== undefined; ) {
    const instruction = decodeThumb(segment.data, at - segment.address, at);
    if (instruction === undefined) break;
    if (wanted(instruction) && left-- === 0) return { at, instruction };
    at += instruction.length;
  }
  throw new Error(`no such instruction in ${name}`);
}

/** Registers of a core that stands at `pc`. */
export function registers(pc: number, others: Readonly<Record<number, number>> = {}): number[] {
  return Array.from({ length: 16 }, (_, i) => others[i] ?? (i === 15 ? pc : i === 13 ? 0x20001400 : 0));
}

/** A frame that code at `pc` left when it faulted. */
export function frameAt(pc: number, others: Partial<ExceptionFrame> = {}): ExceptionFrame {
  return { address: 0x200013e0, r0: 0, r1: 0, r2: 0, r3: 0, r12: 0, lr: 0x20000001, pc, xpsr: 0x01000000, ...others };
}

type Core = NonNullable<LoaderFailure["core"]>;

/** A core as found after a call; where nothing is said it stands at the trap with nothing set. */
export function coreAs(some: Partial<Core>): Core {
  return {
    r: registers(0x20000000),
    xpsr: 0x01000000,
    primask: 1,
    cfsr: 0,
    hfsr: 0,
    mmfar: undefined,
    bfar: undefined,
    icsr: 0,
    sysTick: 0,
    frame: undefined,
    samples: [],
    code: undefined,
    resetCauses: [],
    ...some,
  };
}

/** A failure of `Init` on an STM32F103C8, with what is given instead. */
export function failureOf(loader: LoaderFile, some: Partial<LoaderFailure>): LoaderFailure {
  return {
    loader,
    target: targetOf(0x410),
    function: "Init",
    parameters: [],
    outcome: "faulted",
    expected: loader.format === "stldr" ? 1 : 0,
    limit: 10000,
    elapsed: 12,
    loadBase: 0,
    stack: { base: 0x20001000, top: 0x20001400, used: 64, overrun: false },
    damaged: [],
    ...some,
  };
}

/** A precise bus fault at `pc`, at `bfar`. */
export function busFaultAt(pc: number, bfar: number, frame: Partial<ExceptionFrame> = {}): Core {
  return coreAs({ xpsr: 3, cfsr: 0x8200, hfsr: 0x40000000, bfar, frame: frameAt(pc, frame) });
}

/** A usage or other fault at `pc` with these bits of CFSR. */
export function faultAt(pc: number, cfsr: number, frame: Partial<ExceptionFrame> = {}): Core {
  return coreAs({ xpsr: 3, cfsr, hfsr: 0x40000000, frame: frameAt(pc, frame) });
}
