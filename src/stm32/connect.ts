import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import { type AccessPortInfo, describeAccessPort } from "../coresight/access-port.ts";
import { powerUpDebugPort } from "../coresight/debug-port.ts";
import type { MemoryPort, Probe, Protocol } from "../coresight/memory-port.ts";
import { openMemoryPort } from "../coresight/probe-port.ts";
import type { ResetKind } from "../cortexm/core.ts";
import type { CortexMCore } from "../cortexm/cortex-m-core.ts";
import { demcr, dhcsr, dhcsrValue, scs } from "../cortexm/debug-registers.ts";
import { openCore } from "../cortexm/open-core.ts";
import { nrstPulse } from "../cortexm/reset.ts";

/**
 * `normal` halts the core, and resets it unless told not to. `under-reset` holds NRST low while the debug port is
 * entered, so that no instruction of the target's program runs. `attach` neither halts nor resets.
 */
export type ConnectMode = "normal" | "under-reset" | "attach";

/** What was done and found on the way; for the log and for the user. */
export interface ConnectStep {
  readonly code:
    | "voltage"
    | "voltage-low"
    | "frequency"
    | "nrst"
    | "entered"
    | "access-port"
    | "core"
    | "halted"
    | "reset"
    /** NRST seems not to reach the chip. */
    | "nrst-open"
    | "notice";
  readonly text: string;
}

export interface ConnectOptions {
  readonly mode: ConnectMode;
  readonly protocol: Protocol;
  /** Wire clock asked for; the probe takes the highest not above it. */
  readonly frequencyKhz?: number;
  /** Access port of the core. */
  readonly ap?: number;
  /** The reset of mode `normal`; `none` halts the core where it is. `system` if left out. */
  readonly reset?: ResetKind | "none";
  readonly onStep?: (step: ConnectStep) => void;
}

export interface ConnectedTarget {
  readonly protocol: Protocol;
  /** Volts, `undefined` if the probe cannot measure. */
  readonly voltage: number | undefined;
  /** The clock chosen, `undefined` if the probe can't be told. */
  readonly frequencyKhz: number | undefined;
  /** DPIDR or the JTAG IDCODE. */
  readonly idcode: number;
  readonly accessPort: AccessPortInfo | undefined;
  readonly port: MemoryPort;
  readonly core: CortexMCore;
  /** Whether the core is running when this resolves. */
  readonly running: boolean;
}

/** Below this the levels of the debug pins are no longer sure. */
const lowVoltage = 1.5;
/** Milliseconds in which a core that was armed under reset has to show up halted. */
const underResetPatience = 500;

/**
 * Connects to the target behind an opened probe. Rejects with `swd-no-answer` or `jtag-no-answer` when nothing answers
 * on these wires (another protocol or mode may do), `core-not-found`, `core-halt-timeout`, or a link's error. NRST is
 * released again in any case.
 */
export async function connectTarget(probe: Probe, clock: Clock, options: ConnectOptions): Promise<ConnectedTarget> {
  const say = (code: ConnectStep["code"], text: string): void => options.onStep?.({ code, text });
  const { protocol, mode, ap = 0 } = options;

  const voltage = await probe.targetVoltage();
  if (voltage !== undefined) {
    say("voltage", `Target voltage: ${voltage.toFixed(2)} V`);
    if (voltage < lowVoltage) {
      say(
        "voltage-low",
        `The voltage at VTref is ${voltage.toFixed(2)} V: the target has no power, or VTref is not wired.`,
      );
    }
  }
  let frequencyKhz: number | undefined;
  if (probe.setFrequency !== undefined && options.frequencyKhz !== undefined) {
    frequencyKhz = await probe.setFrequency(protocol, options.frequencyKhz);
    say("frequency", `${protocol.toUpperCase()} clock: ${frequencyKhz} kHz`);
  }

  const notice = ({ text }: { text: string }): void => say("notice", text);
  try {
    if (mode === "under-reset") await enterUnderReset(probe, protocol, say);
    else await probe.enterDebug(protocol);
    const idcode = await probe.readIdcode();
    say("entered", `${protocol === "swd" ? "DPIDR" : "IDCODE"}: 0x${idcode.toString(16).padStart(8, "0")}`);
    await powerUpDebugPort(probe, clock);
    const accessPort = await describeAccessPort(probe, ap);
    if (accessPort !== undefined) {
      say("access-port", `AP${ap}: ${accessPort.kind}, IDR 0x${accessPort.idr.toString(16).padStart(8, "0")}`);
    }
    const port = await openMemoryPort(probe, ap);
    if (mode === "under-reset") await catchAtReset(probe, port, clock, say);
    const core = await openCore(port, probe, clock, { notice });
    say("core", `${core.name}: ${core.breakpointComparators} breakpoints, ${core.watchpointComparators} watchpoints`);
    const running = await settle(core, options, say);
    return { protocol, voltage, frequencyKhz, idcode, accessPort, port, core, running };
  } catch (error) {
    // Leaving debug mode releases NRST; what went wrong first is what counts.
    await probe.leaveDebug().catch(() => {});
    if (mode === "under-reset") await probe.driveNrst("high").catch(() => {});
    throw error;
  }
}

type Say = (code: ConnectStep["code"], text: string) => void;

/** NRST low, enter, and low again: entering debug mode may have let the line go. */
async function enterUnderReset(probe: Probe, protocol: Protocol, say: Say): Promise<void> {
  // Some firmware refuses this outside debug mode; the second one has to succeed.
  await probe.driveNrst("low").catch(() => {});
  say("nrst", "NRST driven low");
  await probe.enterDebug(protocol);
  await probe.driveNrst("low");
}

/** Arms VC_CORERESET while the core is held in reset, lets NRST go and waits for the core at its reset vector. */
async function catchAtReset(probe: Probe, port: MemoryPort, clock: Clock, say: Say): Promise<void> {
  await clock.sleep(nrstPulse);
  await port.writeWord(scs.dhcsr, dhcsrValue(0));
  await port.writeWord(scs.demcr, (demcr.traceEnable | demcr.coreReset) >>> 0);
  await probe.driveNrst("high");
  say("nrst", "NRST released");
  const end = clock.now() + underResetPatience;
  for (let pause = 1; ; pause = Math.min(2 * pause, 16)) {
    const state = await port.readWord(scs.dhcsr);
    if ((state & dhcsr.halted) !== 0) return;
    if (clock.now() >= end) break;
    await clock.sleep(pause);
  }
  say(
    "nrst-open",
    "The core did not stop at its reset vector: NRST may not be connected. It is reset by SYSRESETREQ in its place.",
  );
}

/** Brings the core to where the mode wants it; resolves to whether it runs. */
async function settle(core: CortexMCore, options: ConnectOptions, say: Say): Promise<boolean> {
  const halted = core.seenHalted ?? (await core.status()).halted;
  switch (options.mode) {
    case "attach":
      return !halted;
    case "under-reset":
      if (!halted) await core.reset("system", { halt: true });
      say("halted", "The core is halted at its reset vector");
      return false;
    case "normal": {
      const kind = options.reset ?? "system";
      // A reset halts as well; one that is odd is halted before, to be told what is odd.
      if (!halted && (kind === "none" || !core.seenAwake)) await core.halt();
      if (kind !== "none") {
        await core.reset(kind, { halt: true });
        say("reset", `Reset (${kind}), halted at the reset vector`);
      } else {
        say("halted", "The core is halted");
      }
      return false;
    }
  }
}

/** True for the errors that say: nobody on these wires, try another protocol or connect under reset. */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof ProbityError && /^(swd|jtag)-(no-answer|line-error)$/.test(error.code);
}
