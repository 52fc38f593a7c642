import { writeU16, writeU32 } from "../../src/base/bytes.ts";
import type { WallTime } from "../../src/base/wall-time.ts";
import { type BoardNamed, createBoard } from "../../src/sim/boards/boards.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { StlinkServerPort } from "../../src/stlink-server/stlink-server-port.ts";

export const FLASH = 0x08000000;
/** Where {@link countingProgram} loops: three half-words. */
export const LOOP = FLASH + 0x100;

/** A vector table and a loop that counts r0 up by one and r1 by two; the rest is noise, the same every time. */
export function countingProgram(length: number): Uint8Array {
  const image = new Uint8Array(length);
  let state = 0x2545f491;
  for (let at = 0x200; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    image[at] = state >>> 24;
  }
  writeU32(image, 0, 0x20005000);
  for (let vector = 1; vector < 16; vector++) writeU32(image, vector * 4, LOOP + 1);
  for (const [index, instruction] of [
    0x3001, // adds r0, #1
    0x3102, // adds r1, #2
    0xe7fc, // b LOOP
  ].entries()) {
    writeU16(image, 0x100 + index * 2, instruction);
  }
  return image;
}

/** Switches the debug port off as soon as it runs: AFIO_MAPR.SWJ_CFG = 100 (RM0008 9.4.2). */
export function portClosingProgram(): Uint8Array {
  const image = new Uint8Array(0x400);
  writeU32(image, 0, 0x20005000);
  writeU32(image, 4, LOOP + 1);
  for (const [index, instruction] of [
    0x4803, // ldr r0, =RCC_APB2ENR
    0x2101, // movs r1, #AFIOEN
    0x6001, // str r1, [r0]
    0x4803, // ldr r0, =AFIO_MAPR
    0x4903, // ldr r1, =SWJ_CFG 100
    0x6001, // str r1, [r0]
    0xe7fe, // b .
    0xbf00,
  ].entries()) {
    writeU16(image, 0x100 + index * 2, instruction);
  }
  for (const [index, literal] of [0x40021018, 0x40010004, 0x04000000].entries()) {
    writeU32(image, 0x110 + index * 4, literal);
  }
  return image;
}

export interface Bench {
  readonly board: BoardNamed<"bluepill">;
  readonly probe: SimulatedProbe;
  readonly port: number;
  close(): Promise<void>;
}

/** A Blue Pill behind a virtual probe behind an stlink-server port. */
export async function setUpBench(
  kind: VirtualProbeKind = "v2",
  options: {
    readonly program?: Uint8Array;
    readonly apiVersion?: number;
    readonly wallTime?: WallTime;
    readonly onCommand?: (block: Uint8Array) => void;
  } = {},
): Promise<Bench> {
  const program = options.program ?? countingProgram(0x400);
  const board = createBoard("bluepill", { flash: [{ address: FLASH, data: program }] });
  const { apiVersion, onCommand, wallTime } = options;
  const identity = virtualProbeIdentity(kind);
  const probe = new SimulatedProbe({ identity, target: board.chip, ...(wallTime !== undefined && { wallTime }) });
  const server = await StlinkServerPort.listen([probe.asLink()], {
    ...(apiVersion !== undefined && { apiVersion }),
    ...(onCommand !== undefined && { onCommand }),
  });
  const close = async (): Promise<void> => {
    probe.dispose();
    await server.close();
  };
  return { board, probe, port: server.port, close };
}
