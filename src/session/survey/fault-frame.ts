import { hex32, readU16 } from "../../base/bytes.ts";
import { isProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { StackedFrame } from "../../cortexm/faults.ts";
import type { FactRecorder } from "./fact-recorder.ts";

/** Records a stacked frame with the code around its PC. */
export async function recordFrame(
  recorder: FactRecorder,
  port: MemoryPort,
  { address: at, pc, lr, xpsr, r0 }: Pick<StackedFrame, "address" | "pc" | "lr" | "xpsr" | "r0">,
): Promise<void> {
  const found = await codeAround(port, pc);
  const words = found?.code.map((each) => each.toString(16).padStart(4, "0")).join(" ");
  const code = found === undefined ? "" : `; code at PC: ${words}`;
  const what = `stacked frame at ${hex32(at)}: PC ${hex32(pc)}, LR ${hex32(lr)}, xPSR ${hex32(xpsr)}${code}`;
  recorder.read("stacked-frame", { at, pc, lr, xpsr, r0, ...found }, what);
}

interface CodeFound {
  readonly code: readonly number[];
  readonly codeBefore?: number;
}

/** The half-words at and before an address of code; nothing where reading might change something, or fails. */
async function codeAround(port: MemoryPort, pc: number): Promise<CodeFound | undefined> {
  const at = (pc & ~1) >>> 0;
  // Elsewhere than in memory a read may take something from a peripheral (ARMv7-M B3.1).
  const isMemory = at < 0x4000_0000 || (at >= 0x6000_0000 && at < 0xa000_0000);
  if (!isMemory) return undefined;
  const code = await readOrNothing(port, at, 4);
  if (code === undefined) return undefined;
  const before = at < 2 ? undefined : await readOrNothing(port, at - 2, 2);
  return {
    code: [readU16(code, 0), readU16(code, 2)],
    ...(before !== undefined && { codeBefore: readU16(before, 0) }),
  };
}

async function readOrNothing(port: MemoryPort, address: number, length: number): Promise<Uint8Array | undefined> {
  try {
    return await port.read(address, length);
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return undefined;
  }
}
