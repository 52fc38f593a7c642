import { readElf } from "../../src/formats/elf.ts";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { EngineName } from "../../src/sim/cpu/cpu.ts";
import { mainThreadTime } from "./thread-time.ts";

/** What a run printed, how many instructions it took, and how long. */
export interface Run {
  readonly printed: string;
  readonly retired: number;
  /** CPU time of the process, compiling threads included, in ms. */
  readonly cpu: number;
  /** CPU time of its main thread, which loads, translates and executes, in ms. */
  readonly main: number;
  readonly wall: number;
}

const DHCSR = 0xe000_edf0;
const RUN = 0xa05f_0001;
const sliceNanoseconds = 50e6;

/** Runs a program on a virtual Blue Pill until it asks its debugger to end it. */
export function runOurs(elf: Uint8Array, engine: EngineName, mostSlices = 100_000): Run {
  const { segments } = readElf(elf, "program.elf");
  const started = performance.now();
  const before = process.cpuUsage();
  const mainBefore = mainThreadTime();
  const { chip } = createBluePill({ flash: segments, engine });
  const { cpu } = chip;
  cpu.debugWrite(DHCSR, 4, RUN);
  const first = cpu.retired;
  let printed = "";
  for (let slice = 0; slice < mostSlices; slice++) {
    chip.advance(sliceNanoseconds);
    if (cpu.lockedUp) throw new Error("the program locked the core up");
    if (!cpu.halted) continue;
    const { r } = cpu.registers();
    if (r[0] === 0x18) break;
    for (let at = r[1]; ; at++) {
      const byte = cpu.debugRead(at, 1);
      if (byte <= 0) break;
      printed += String.fromCharCode(byte);
    }
    r[15] += 2;
    cpu.setRegisters({ r });
    cpu.debugWrite(DHCSR, 4, RUN);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    printed: printed.trim(),
    retired: cpu.retired - first,
    cpu: (user + system) / 1000,
    main: mainThreadTime() - mainBefore,
    wall: performance.now() - started,
  };
}
