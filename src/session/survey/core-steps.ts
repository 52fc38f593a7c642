import { hex32, readU32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import { type CoreIdentity, coreIdentity } from "../../cortexm/core-name.ts";
import { demcr, dhcsr, dhcsrValue, scs } from "../../cortexm/debug-registers.ts";
import { readFaults } from "../../cortexm/faults.ts";
import { XPSR_EXCEPTION } from "../../cortexm/xpsr.ts";
import type { FactValues } from "../../diagnose/facts.ts";
import type { Probe } from "../../probe/probe.ts";
import type { FactRecorder } from "./fact-recorder.ts";
import { recordFrame } from "./fault-frame.ts";

/** Interrupt control and state, with VECTACTIVE in bits 8:0 (ARMv7-M B3.2.4). */
const icsr = 0xe000ed04;
/** Program counter sample register of the DWT (ARMv7-M C1.8.5). */
const pcsr = 0xe000101c;
const noSample = 0xffffffff;
/** Milliseconds between the looks that tell a reset that lasts from one that was. */
const looks = [1, 3, 7] as const;

export interface CoreFound {
  readonly cpuid: number;
  readonly identity: CoreIdentity;
  readonly state: FactValues["core"]["state"];
  /** Number of the exception that is active. */
  readonly exception: number;
}

/** Which core it is, what it does and which faults it remembers; nothing is changed. */
export async function lookAtCore(
  recorder: FactRecorder,
  port: MemoryPort,
  clock: Clock,
): Promise<CoreFound | undefined> {
  const [cpuid, first] = await port.words([read(scs.cpuid), read(scs.dhcsr)]);
  const identity = coreIdentity(cpuid);
  if (identity === undefined) {
    recorder.read(
      "access-port-failed",
      { ap: port.ap },
      `CPUID reads ${hex32(cpuid)}: no Cortex-M behind access port ${port.ap}`,
    );
    return undefined;
  }
  recorder.read("cpuid", { value: cpuid }, `CPUID ${hex32(cpuid)}: ${identity.name}`);
  let status = first;
  let inReset = true;
  for (const pause of looks) {
    await clock.sleep(pause);
    status = await port.readWord(scs.dhcsr);
    inReset &&= (status & dhcsr.resetSeen) !== 0;
  }
  const state = inReset ? "in-reset" : stateOf(status);
  recorder.read("core", { state }, `DHCSR ${hex32(status)}: ${stateWords[state]}`);
  const { exception } = inReset ? { exception: 0 } : await lookAtFaults(recorder, port, identity);
  return { cpuid, identity, state, exception };
}

function stateOf(status: number): FactValues["core"]["state"] {
  if ((status & dhcsr.halted) !== 0) return "halted";
  if ((status & dhcsr.lockedUp) !== 0) return "lockup";
  return (status & dhcsr.sleeping) !== 0 ? "sleeping" : "running";
}

const stateWords: Readonly<Record<FactValues["core"]["state"], string>> = {
  halted: "the core is halted (S_HALT)",
  running: "the core runs",
  sleeping: "the core sleeps (S_SLEEP)",
  lockup: "the core is in lockup (S_LOCKUP)",
  "in-reset": "the core is held in reset (S_RESET_ST set in every read)",
  unknown: "the core's state is not known",
};

async function lookAtFaults(
  recorder: FactRecorder,
  port: MemoryPort,
  identity: CoreIdentity,
): Promise<{ readonly status: number; readonly exception: number }> {
  // ARMv6-M has no registers for faults (ARMv6-M B3.2).
  const registers = identity.architecture === "v6-M" ? [] : [scs.cfsr, scs.hfsr, scs.mmfar, scs.bfar];
  const [status, control, cfsr = 0, hfsr = 0, mmfar = 0, bfar = 0] = await port.words(
    [scs.dhcsr, icsr, ...registers].map(read),
  );
  const isLockedUp = (status & dhcsr.lockedUp) !== 0;
  const exception = isLockedUp ? 0 : control & 0x1ff;
  if (isLockedUp) {
    const what = `ICSR ${hex32(control)}: VECTACTIVE ${control & 0x1ff}`;
    recorder.read("register", { name: "ICSR", value: control, address: icsr }, what);
  } else if (isFault(exception) || cfsr !== 0 || hfsr !== 0) {
    await recordActive(recorder, port, control, identity);
  }
  for (const [name, value, address] of [
    ["CFSR", cfsr, scs.cfsr],
    ["HFSR", hfsr, scs.hfsr],
  ] as const) {
    if (value !== 0) recorder.read("register", { name, value, address }, `${name} ${hex32(value)}`);
  }
  if ((cfsr & bfarValid) !== 0) recorder.read("register", { name: "BFAR", value: bfar }, `BFAR ${hex32(bfar)}`);
  else if ((cfsr & mmarValid) !== 0)
    recorder.read("register", { name: "MMFAR", value: mmfar }, `MMFAR ${hex32(mmfar)}`);
  return { status, exception };
}

/** Which handler runs; of a fault's handler that an interrupt has cut into SHCSR tells (ARMv7-M B3.2.13). */
async function recordActive(
  recorder: FactRecorder,
  port: MemoryPort,
  control: number,
  identity: CoreIdentity,
): Promise<void> {
  const number = control & 0x1ff;
  const seen = `ICSR ${hex32(control)}: ${number === 0 ? "no exception" : `exception ${number}`} is active`;
  recorder.read("exception-active", { number }, seen);
  if (number === 0 || isFault(number) || identity.architecture === "v6-M") return;
  const active = await port.readWord(shcsr);
  const below = [4, 5, 6].find((each) => (active & activeBits[each]) !== 0);
  if (below === undefined) return;
  const what = `SHCSR ${hex32(active)}: exception ${below} is active, too`;
  recorder.read("exception-active", { number: below }, what);
}

/** System handler control and state (ARMv7-M B3.2.13), and its bits of active fault handlers by exception number. */
const shcsr = 0xe000ed24;
const activeBits: Readonly<Record<number, number>> = { 4: 1 << 0, 5: 1 << 1, 6: 1 << 3 };

function isFault(exception: number): boolean {
  return exception >= 3 && exception <= 6;
}

const mmarValid = 1 << 7;
const bfarValid = 1 << 15;

/** State and faults of a running core in one batch of reads, where a session was opened without stopping it. */
export async function glanceAtCore(recorder: FactRecorder, port: MemoryPort, identity: CoreIdentity): Promise<void> {
  const { status } = await lookAtFaults(recorder, port, identity);
  const state = stateOf(status);
  if (state !== "running") recorder.read("core", { state }, `DHCSR ${hex32(status)}: ${stateWords[state]}`);
}

/** The faults of a core that stands halted in a fault handler, with its stacked frame; nothing for any other. */
export async function recordHaltedFault(recorder: FactRecorder, core: Core): Promise<void> {
  const exception = (await core.readRegister("xpsr")) & XPSR_EXCEPTION;
  if (!isFault(exception)) return;
  const { cfsr, hfsr, bfar, mmfar, frame } = await readFaults(core);
  recorder.read("exception-active", { number: exception }, `xPSR: exception ${exception} is being handled`);
  if (cfsr !== 0) recorder.read("register", { name: "CFSR", value: cfsr }, `CFSR ${hex32(cfsr)}`);
  if (hfsr !== 0) recorder.read("register", { name: "HFSR", value: hfsr }, `HFSR ${hex32(hfsr)}`);
  if (bfar !== undefined) recorder.read("register", { name: "BFAR", value: bfar }, `BFAR ${hex32(bfar)}`);
  else if (mmfar !== undefined) recorder.read("register", { name: "MMFAR", value: mmfar }, `MMFAR ${hex32(mmfar)}`);
  if (frame !== undefined) await recordFrame(recorder, core.port, frame);
}

/** Samples of the PC of a running core; TRCENA is set for it and put back. Empty where the core has no such register. */
export async function samplePc(port: MemoryPort, clock: Clock, count: number): Promise<number[]> {
  const before = await port.readWord(scs.demcr);
  const samples: number[] = [];
  await port.writeWord(scs.demcr, (before | demcr.traceEnable) >>> 0);
  try {
    for (let i = 0; i < count; i++) {
      const sample = await port.readWord(pcsr);
      if (sample !== noSample && sample !== 0) samples.push(sample);
      await clock.sleep(1);
    }
  } finally {
    await port.writeWord(scs.demcr, before);
  }
  return samples;
}

/**
 * What exception entry pushed (ARMv7-M B1.5.6), of a core that stands in a fault handler. A running one is halted for a
 * moment and goes on after that.
 */
export async function readStackedFrame(recorder: FactRecorder, probe: Probe, port: MemoryPort): Promise<void> {
  if (probe.readAllCoreRegisters === undefined) return;
  const before = await port.readWord(scs.dhcsr);
  const ran = (before & dhcsr.halted) === 0;
  if (ran) await port.writeWord(scs.dhcsr, dhcsrValue(dhcsr.halt));
  try {
    const { words } = await probe.readAllCoreRegisters(port.ap);
    const [lr, msp, psp] = [words[14], words[17], words[18]];
    if (lr >>> 28 !== 0xf) return;
    const at = (lr & 4) !== 0 ? psp : msp;
    const frame = await port.read(at, 32);
    const [r0, stackedLr, pc, xpsr] = [0, 20, 24, 28].map((offset) => readU32(frame, offset));
    await recordFrame(recorder, port, { address: at, r0, lr: stackedLr, pc, xpsr });
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
  } finally {
    if (ran) await port.writeWord(scs.dhcsr, dhcsrValue(0));
    if (ran && (before & dhcsr.debugEnable) === 0) await port.writeWord(scs.dhcsr, dhcsr.key >>> 0);
  }
}

function read(address: number): { readonly kind: "read"; readonly address: number } {
  return { kind: "read", address };
}
