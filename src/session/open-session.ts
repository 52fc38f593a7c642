import type { Clock } from "../base/clock.ts";
import { isProbityError } from "../base/errors.ts";
import { withKnownWords } from "../coresight/known-words.ts";
import type { Probe, Protocol } from "../probe/probe.ts";
import { openStlinkProbe } from "../probe/stlink/open.ts";
import type { Board } from "../sim/boards/boards.ts";
import type { SimulatedProbe } from "../sim/simulated-probe.ts";
import { type ConnectedTarget, type ConnectMode, connectTarget, isNoAnswer } from "../stm32/connect.ts";
import { freezeForDebug } from "../stm32/debug-freeze.ts";
import { type IdentifiedChip, identify, readsInBatches } from "../stm32/identify.ts";
import { reconnectUnderReset } from "../stm32/reconnect.ts";
import { Lifeline } from "./lifeline.ts";
import type { LoadedMemory } from "./loaded-memory.ts";
import { memoryMapOf } from "./memory-map.ts";
import { flashLocksOf, openFlash } from "./open-flash.ts";
import { openLink } from "./open-link.ts";
import { type LoaderChoice, openLoaders } from "./open-loaders.ts";
import type { RecordChoice } from "./open-recorded.ts";
import type { SharedChoice } from "./open-shared.ts";
import type { ProbeSpec } from "./probe-spec.ts";
import { reattach } from "./reattach.ts";
import { Session } from "./session.ts";
import type { SinceReset } from "./session-parts.ts";
import { recordChip } from "./survey/chip-facts.ts";
import { glanceAtCore } from "./survey/core-steps.ts";
import { factsOfError } from "./survey/error-facts.ts";
import type { FactRecorder } from "./survey/fact-recorder.ts";
import { type Diagnosis, followUp } from "./survey/follow-up.ts";
import { recordProbe } from "./survey/probe-steps.ts";
import { recordPc, recordTarget } from "./survey/session-facts.ts";

export interface OpenSessionOptions {
  readonly spec: ProbeSpec;
  /** Serial number asked for with `-i`. */
  readonly serial?: string;
  /** Writes everything that goes over the link to a file. */
  readonly record?: RecordChoice;
  /** Open the probe through the stlink-server of this machine. */
  readonly shared?: SharedChoice;
  /** `jtag-or-swd` tries JTAG, as ST's server does without `-d`, and falls back to SWD. */
  readonly protocol: "swd" | "jtag-or-swd";
  /** Highest wire clock in kHz; left out: what suits the probe. */
  readonly frequency?: number;
  readonly connect: ConnectMode;
  readonly ap: number;
  /** Read all that tells of the chip; left out: only where it costs no transfers. */
  readonly thorough?: boolean;
  readonly verify: boolean;
  readonly incremental: boolean;
  readonly haltTimeout: number;
  /** External memory loaders, and flash algorithms; none unless given. */
  readonly loaders?: LoaderChoice;
  /** Lines of ST's log: function, text, level bit. */
  readonly log: (source: string, text: string, level: number) => void;
  /** Lines of ST's log that never go to the console. */
  readonly logFile?: (source: string, text: string) => void;
  /** Called once the link is open, before any time passes on a virtual board: what is attached now hears everything. */
  readonly onLink?: (board: Board | undefined) => Promise<void>;
  /** Something that the user should see, whatever the log level. */
  readonly note: (text: string) => void;
  /** Gathers facts on the way, at no cost; after a failure the cause is looked for before the link is closed. */
  readonly diagnosis?: Diagnosis;
}

export interface OpenedSession {
  readonly session: Session;
  /** Memories behind the loaders that were asked for, in their order. */
  readonly loaded: readonly LoadedMemory[];
  readonly clock: Clock;
  readonly chip: IdentifiedChip;
  readonly target: ConnectedTarget;
  /** Another program used the probe when it was opened, and nothing was said of a reset: the target was left as it was. */
  readonly joined: boolean;
  readonly board?: Board;
  readonly simulated?: SimulatedProbe;
  /** The program file that a virtual board had in flash at power-on. */
  readonly program?: string;
  /** Stops what runs in the background of a virtual board. */
  dispose(): void;
}

/** Wire clocks that suit the probe when none is asked for, in kHz. */
const automaticKilohertz = { V1: 4000, V2: 4000, "V2-1": 4000, V3: 8000, V3PWR: 8000 } as const;
const information = 8;
const hardware = 16;

const modeNames: Readonly<Record<ConnectMode, string>> = {
  normal: "Default",
  "under-reset": "Under reset",
  attach: "Attach",
};

/**
 * Opens the link, connects to the target as asked, finds out which chip it is, and makes a session of it. Everything
 * that was opened is closed again when a step rejects.
 */
export async function openSession(options: OpenSessionOptions): Promise<OpenedSession> {
  const { log, note } = options;
  const recorder = options.diagnosis?.recorder;
  recorder?.read("connect-mode", { mode: options.connect }, `connect mode: ${modeNames[options.connect]}`);
  const opened = await openLink(options.spec, options.serial, options).catch((error: unknown) => {
    recorder?.add(...factsOfError(error, "opening the probe"));
    throw error;
  });
  const { clock } = opened;
  const lifeline = new Lifeline(opened.link);
  const { link } = lifeline;
  let probe: Probe | undefined;
  try {
    await options.onLink?.(opened.board);
    const joined = options.connect === "normal" && ((await link.others?.()) ?? 0) > 0;
    const live = await openStlinkProbe(link);
    probe = live;
    if (recorder !== undefined) recordProbe(recorder, live.identity);
    const mode = joined ? "attach" : options.connect;
    log("Device_Initialise", `Target connection mode: ${modeNames[mode]}`, information);
    const target = await connect(probe, clock, { ...options, connect: mode });
    const chip = await identify(probe, target.port, target.core, {
      idcode: target.idcode,
      accessPort: target.accessPort,
      thorough: options.thorough ?? readsInBatches(probe),
    });
    if (recorder !== undefined) {
      recordTarget(recorder, target, mode);
      recordChip(recorder, chip, target.idcode);
      if (target.running && readsInBatches(probe)) {
        const { port, core } = target;
        await recorder.step("looking at the core", () => glanceAtCore(recorder, port, core.identity));
      }
    }
    await logTarget(probe, target, chip, log, recorder);
    for (const { code, text } of chip.notes) {
      // What the diagnosis tells itself is not told twice.
      if (recorder === undefined || code === "rom-table-problem") note(`Warning: ${text}`);
    }
    const freeze =
      chip.row === undefined ? undefined : await freezeForDebug(withKnownWords(target.port, chip.read), chip.row);
    const recover = async (): Promise<void> => {
      const { core, port, protocol } = target;
      await reconnectUnderReset(live, clock, core, { protocol, ap: options.ap });
      if (chip.row !== undefined) await freezeForDebug(port, chip.row);
    };
    const flash = openFlash(chip, target.core, clock);
    const sinceReset: SinceReset = { pristine: mode !== "attach" && !target.running };
    const loaded = await openLoaders(options.loaders, {
      core: target.core,
      clock,
      chip,
      sinceReset,
      log: { line: log, file: options.logFile ?? (() => {}) },
      note,
      recover,
    });
    log("Device_Initialise", "ST-LINK device initialization OK", information);
    const session = new Session({
      probe,
      clock,
      core: target.core,
      flash: flash?.programmer,
      loaded,
      sinceReset,
      targetCrc32: flash?.crc32,
      flashLocks: flashLocksOf(chip),
      keepsDebugClocks: freeze?.kept ?? false,
      powerMark: freeze?.written[0],
      chipName: chip.name,
      memoryMap: memoryMapOf(
        chip,
        loaded.map(({ memory: { device }, writtenLikeRam }) => ({ device, isRam: writtenLikeRam })),
      ),
      options: {
        verify: options.verify,
        incremental: options.incremental,
        haltTimeout: options.haltTimeout,
        running: target.running,
      },
      lifeline: {
        canReturn: lifeline.canReturn,
        onGone: (listener) => lifeline.onGone(listener),
        reattach: () => reattach({ lifeline, probe: live, clock, target, chip: chip.row }),
      },
      disconnect: async () => {
        // A target that is gone can't be put back; the probe is left in order all the same. What others need stays.
        if (((await live.others?.()) ?? 0) === 0) await freeze?.restore().catch(() => {});
        await probe?.leaveDebug().catch(() => {});
        await probe?.close();
      },
    });
    const { board, simulated, program } = opened;
    return { session, loaded, clock, chip, target, joined, board, simulated, program, dispose: () => opened.dispose() };
  } catch (error) {
    if (options.diagnosis !== undefined) await followUp(options.diagnosis, probe, clock, error, options);
    await probe?.leaveDebug().catch(() => {});
    await link.close().catch(() => {});
    opened.dispose();
    throw error;
  }
}

async function connect(probe: Probe, clock: Clock, options: OpenSessionOptions): Promise<ConnectedTarget> {
  const { generation } = probe.identity;
  const recorder = options.diagnosis?.recorder;
  const attempt = (protocol: Protocol): Promise<ConnectedTarget> =>
    connectTarget(probe, clock, {
      mode: options.connect,
      protocol,
      ap: options.ap,
      frequencyKhz: options.frequency ?? automaticKilohertz[generation],
      onStep: ({ code, text }) => {
        if (code === "nrst-open" && recorder !== undefined) recorder.read("nrst-follows", { follows: false }, text);
        else if (code === "voltage-low" && recorder !== undefined) options.log("Device_Initialise", text, hardware);
        else if (code === "notice" || code === "voltage-low" || code === "nrst-open") options.note(`Warning: ${text}`);
        else options.log("Device_Initialise", text, hardware);
      },
    });
  if (options.protocol === "swd") return attempt("swd");
  try {
    return await attempt("jtag");
  } catch (error) {
    if (!isNoAnswer(error) && !isProbityError(error, "probe-command-refused")) throw error;
  }
  const target = await attempt("swd");
  options.note("JTAG is not wired here: debugging over SWD. Give -d (--swd) to skip trying JTAG.");
  return target;
}

/** What ST's server says once the target is found, in its order and words. */
async function logTarget(
  probe: Probe,
  target: ConnectedTarget,
  chip: IdentifiedChip,
  log: OpenSessionOptions["log"],
  recorder?: FactRecorder,
): Promise<void> {
  const status = `ST-LINK device status: ${target.running ? "RUN_MODE" : "HALT_MODE"}`;
  if (target.core.watchpointComparators > 0) {
    log("reset_hw_wtchpt_module", "Hardware watchpoint supported by the target ", information);
  }
  if (target.frequencyKhz !== undefined) {
    log("Device_Initialise", `COM frequency = ${target.frequencyKhz} kHz`, information);
  }
  log("Device_Initialise", `ST-LINK Firmware version : ${probe.identity.firmware}`, information);
  log("Device_Initialise", `Device ID: 0x${(chip.deviceId ?? 0).toString(16)}`, information);
  if (!target.running) {
    // All of them in one transfer: whoever comes next asks for the rest.
    const { r } = await target.core.registers();
    const pc = r[15];
    log("Device_Initialise", `PC: 0x${pc.toString(16)}`, information);
    if (recorder !== undefined) recordPc(recorder, chip.row, pc);
  }
  log("Device_GetStatus", status, information);
  if (target.voltage !== undefined) {
    log("Device_Initialise", `ST-LINK detects target voltage = ${target.voltage.toFixed(2)} V`, information);
  }
  log("Device_Initialise", status, information);
}
