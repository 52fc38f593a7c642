import { readU32, writeU32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Core } from "../../cortexm/core.ts";
import { XPSR_EXCEPTION, XPSR_THUMB } from "../../cortexm/xpsr.ts";
import { loaderQueue } from "../algorithms/loader-queue.ts";
import type { Placement } from "./placement.ts";

/** EXC_RETURN (ARMv7-M B1.5.8): to thread mode, or a handler, on the main stack; bit 4 says that no FP frame is there. */
const TO_THREAD = 0xfffffff9;
const TO_HANDLER = 0xfffffff1;
const RETURNS_TO_THREAD = 1 << 3;
const USES_PSP = 1 << 2;
const BASIC_FRAME = 1 << 4;
/** Deeper than faults can nest. */
const LEVELS = 4;
const PATIENCE = 100;

/**
 * Leaves the handlers that faults of a loader led into, until the core is in the exception it was in before. Writing
 * IPSR would leave the exception active; only an exception return ends it (ARMv7-M B1.5.8), so one is made, with a frame
 * of ours. The core is halted before and after.
 */
export async function leaveHandlers(core: Core, clock: Clock, placement: Placement, exception: number): Promise<void> {
  for (let level = 0; level < LEVELS; level++) {
    const { r, xpsr, msp, psp } = await core.registers();
    if ((xpsr & XPSR_EXCEPTION) === exception) return;
    const valid = r[14] >>> 8 === 0xffffff && [0x1, 0x9, 0xd].includes(r[14] & 0xf);
    const excReturn = (valid ? r[14] | BASIC_FRAME : exception === 0 ? TO_THREAD : TO_HANDLER) >>> 0;
    const onProcessStack = (excReturn & USES_PSP) !== 0;
    const toThread = (excReturn & RETURNS_TO_THREAD) !== 0;
    const outer = toThread ? 0 : await stackedException(core, onProcessStack ? psp : msp, exception);
    const frame = placement.stack.top - 64;
    const bytes = new Uint8Array(32);
    writeU32(bytes, 20, (placement.code | 1) >>> 0);
    writeU32(bytes, 24, placement.code);
    writeU32(bytes, 28, (XPSR_THUMB | outer) >>> 0);
    await core.port.write(frame, bytes);
    await core.writeRegister(onProcessStack ? "psp" : "msp", frame);
    await core.writeRegister("xpsr", (XPSR_THUMB | (xpsr & XPSR_EXCEPTION)) >>> 0);
    await core.writeRegister("lr", excReturn);
    await core.writeRegister("pc", placement.code + loaderQueue.labels.leaveHandler);
    await core.resume({ maskInterrupts: true });
    const end = clock.now() + PATIENCE;
    while (!(await core.waitHalted(1))) {
      if (clock.now() < end) continue;
      await core.halt();
      return;
    }
  }
}

/** The exception that a nested handler returns to, from the frame it was entered with. */
async function stackedException(core: Core, frame: number, otherwise: number): Promise<number> {
  try {
    return readU32(await core.port.read(frame + 28, 4), 0) & XPSR_EXCEPTION || otherwise;
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return otherwise;
  }
}
