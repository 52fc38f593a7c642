import { writeU32 } from "../../src/base/bytes.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { BoardOptions } from "../../src/sim/boards/board.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { type ConnectOptions, type ConnectStep, connectTarget } from "../../src/stm32/connect.ts";

export const flashBase = 0x08000000;
/** Where {@link program} puts its code. */
export const codeBase = 0x08000100;

export interface BenchOptions {
  readonly kind?: VirtualProbeKind;
  readonly firmware?: string;
  /** Half-words from {@link codeBase} on; see {@link program}. */
  readonly code?: readonly number[];
  /** Vectors by exception number, beside stack pointer and reset; the rest lead to an endless loop at 0x080000F0. */
  readonly vectors?: Readonly<Record<number, number>>;
  readonly board?: BoardOptions;
}

/** A Blue Pill behind a virtual ST-LINK, with a program in flash, and an opened probe that has not connected yet. */
export async function bench(options: BenchOptions = {}) {
  const image = program(options.code ?? countingLoop, options.vectors);
  const board = createBluePill({
    flash: [{ address: flashBase, data: image }],
    ...options.board,
  });
  const identity = virtualProbeIdentity(options.kind ?? "v2-1", { firmware: options.firmware });
  const sim = new SimulatedProbe({ identity, target: board.chip });
  const link = sim.asLink();
  const probe = await openStlinkProbe(link);
  const steps: ConnectStep[] = [];
  return {
    board,
    sim,
    link,
    probe,
    clock: link.clock,
    steps,
    connect: (mode: ConnectOptions["mode"] = "normal", more: Partial<ConnectOptions> = {}) =>
      connectTarget(probe, link.clock, { mode, protocol: "swd", onStep: (step) => void steps.push(step), ...more }),
    /** Runs `task` and tells how many transfers it took. */
    async count(task: () => Promise<unknown>): Promise<number> {
      const before = sim.account.transfers;
      await task();
      return sim.account.transfers - before;
    },
  };
}

/** A bench whose target is connected, halted at its reset vector unless told otherwise. */
export async function connected(options: BenchOptions = {}, mode: ConnectOptions["mode"] = "normal") {
  const one = await bench(options);
  return { ...one, ...(await one.connect(mode)) };
}

/**
 * Counts in R0 and writes it to 0x20000000, for ever:
 * 100 movs r0,#0 · 102 ldr r1,=20000000 · 104 adds r0,#1 · 106 str r0,[r1] · 108 ldr r2,[r1] · 10A b 104 · 10C .word
 */
export const countingLoop: readonly number[] = [0x2000, 0x4902, 0x3001, 0x6008, 0x680a, 0xe7fb, 0x0000, 0x2000];
export const loopStart = codeBase + 4;
export const storeAddress = codeBase + 6;
export const loadAddress = codeBase + 8;
export const counter = 0x20000000;

/** A flash image: vectors, an endless loop at 0xF0 for all but reset, and `code` at 0x100. */
export function program(code: readonly number[], vectors: Readonly<Record<number, number>> = {}): Uint8Array {
  const image = new Uint8Array(0x100 + 2 * code.length).fill(0xff);
  writeU32(image, 0, 0x20005000);
  for (let exception = 1; exception < 59; exception++) {
    writeU32(image, 4 * exception, (vectors[exception] ?? (exception === 1 ? codeBase : flashBase + 0xf0)) | 1);
  }
  image.set([0xfe, 0xe7], 0xf0);
  code.forEach((half, i) => {
    image.set([half & 0xff, half >> 8], 0x100 + 2 * i);
  });
  return image;
}
