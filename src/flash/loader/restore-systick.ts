import { writeU16 } from "../../base/bytes.ts";
import type { AlgorithmRunner } from "../algorithm-runner.ts";
import type { Placement } from "./placement.ts";

const SYST_CSR = 0xe000e010;
const SYST_RVR = 0xe000e014;
const SYST_CVR = 0xe000e018;
const ENABLE = 1;
const PATIENCE = 20;
/** The counter has 24 bits. */
const MOST = 0xffffff;

/**
 * Writing SYST_CVR clears it (ARMv7-M B3.3.5), so the counter is made to load the value instead: enabled with it as the
 * reload value until it reads as other than zero, and stopped again. With r0 = SYST_CSR, r1 = 1:
 *
 *     str r1, [r0]; again: ldr r2, [r0, #8]; cmp r2, #0; beq again; movs r1, #0; str r1, [r0]; bkpt
 */
const code = [0x6001, 0x6882, 0x2a00, 0xd0fc, 0x2100, 0x6001, 0xbe00];

/** Tries until the counter stands at the very value: it may count once or twice before it is stopped. */
const TRIES = 4;

/**
 * Gives SysTick's counter back its value, where a loader changed it; on a core without slow reference clock to within
 * the few counts that stopping it takes. The core is halted; RAM of the placement is used. SYST_CSR and SYST_RVR are the
 * caller's to put back.
 */
export async function restoreSysTick(runner: AlgorithmRunner, placement: Placement, value: number): Promise<void> {
  const { core } = runner;
  const bytes = new Uint8Array(2 * code.length);
  for (const [i, op] of code.entries()) writeU16(bytes, 2 * i, op);
  let now = await core.port.readWord(SYST_CVR);
  let start = value;
  for (let tries = 0; now !== value && tries < TRIES; tries++) {
    await core.port.words([
      { kind: "write", address: SYST_CSR, value: 0 },
      { kind: "write", address: SYST_RVR, value: start },
      { kind: "write", address: SYST_CVR, value: 0 },
    ]);
    if (value === 0) return;
    await core.port.write(placement.code, bytes);
    await runner.call({
      entry: placement.code,
      parameters: [SYST_CSR, ENABLE],
      stackTop: placement.stack.top,
      returnTo: placement.code + bytes.length - 2,
    });
    if (!(await core.waitHalted(PATIENCE))) await core.halt();
    runner.stopped();
    now = await core.port.readWord(SYST_CVR);
    start = Math.min(MOST, Math.max(1, value + (start - now)));
  }
}
