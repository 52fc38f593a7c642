import { writeU16, writeU32 } from "../../src/base/bytes.ts";
import { type Board, createBoard } from "../../src/sim/boards/boards.ts";
import { type VirtualProbeKind, virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { StlinkServerPort } from "../stlink-server-port.ts";

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

export interface Bench {
  readonly board: Board;
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
    readonly onCommand?: (block: Uint8Array) => void;
  } = {},
): Promise<Bench> {
  const program = options.program ?? countingProgram(0x400);
  const board = createBoard("bluepill", { flash: [{ address: FLASH, data: program }] });
  const probe = new SimulatedProbe({ identity: virtualProbeIdentity(kind), target: board.chip });
  const { apiVersion, onCommand } = options;
  const server = await StlinkServerPort.listen([probe.asLink()], {
    ...(apiVersion !== undefined && { apiVersion }),
    ...(onCommand !== undefined && { onCommand }),
  });
  return { board, probe, port: server.port, close: () => server.close() };
}
