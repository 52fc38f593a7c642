import type { Command } from "commander";
import { hex, hex32 } from "../base/bytes.ts";
import { dhcsr, scs } from "../cortexm/debug-registers.ts";
import { samplePc } from "../session/survey/core-steps.ts";
import type { ChipState } from "../stm32/chip-state.ts";
import { labelled } from "./finding-words.ts";
import { optionWords } from "./info-options.ts";
import { printResult } from "./json-output.ts";
import { type TargetForWork, type TargetOptions, withTarget } from "./one-shot.ts";
import { withTargetOptions } from "./target-options.ts";
import type { Terminal } from "./terminal.ts";

/** `probity info`. */
export function addInfoVerb(program: Command, terminal: Terminal): void {
  withTargetOptions(
    program.command("info").description("say what is connected and what it does; the core is neither halted nor reset"),
  ).action(async (options: TargetOptions) => {
    const { json } = options;
    await withTarget({ ...options, connect: "attach", thorough: true }, terminal, async (target) => {
      const core = await lookAtCore(target);
      const value = { ...infoJson(target, core), findings: target.findings };
      printResult(terminal, { json, value, lines: () => infoLines(target, core) });
    });
  });
}

/** What the core does. */
interface CoreNow {
  readonly state: "running" | "sleeping" | "halted" | "lockup";
  /** Of a halted core, or one look at a running one. */
  readonly pc?: number;
  /** Number of the exception that it handles; 0: none. */
  readonly exception: number;
  readonly vtor?: number;
  readonly cfsr?: number;
  readonly hfsr?: number;
}

/** Interrupt control and state, vector table offset (ARMv7-M B3.2.4, B3.2.5). */
const icsr = 0xe000ed04;
const vtorAddress = 0xe000ed08;

async function lookAtCore({ session, target, clock }: TargetForWork): Promise<CoreNow> {
  const { core, port } = target;
  const { identity } = core;
  // ARMv6-M has no registers for faults, and a Cortex-M0 no VTOR (ARMv6-M B3.2).
  const hasFaults = identity.architecture !== "v6-M";
  const addresses = [scs.dhcsr, icsr, vtorAddress, ...(hasFaults ? [scs.cfsr, scs.hfsr] : [])];
  return session.exclusive(async () => {
    const words = await port.words(addresses.map((address) => ({ kind: "read", address })));
    const [status, control, vtor, cfsr, hfsr] = words;
    const state =
      (status & dhcsr.halted) !== 0
        ? "halted"
        : (status & dhcsr.lockedUp) !== 0
          ? "lockup"
          : (status & dhcsr.sleeping) !== 0
            ? "sleeping"
            : "running";
    const pc =
      state === "halted"
        ? await core.readRegister("pc")
        : state === "running" && hasFaults
          ? (await samplePc(port, clock, 1))[0]
          : undefined;
    return {
      state,
      exception: control & 0x1ff,
      vtor,
      ...(pc !== undefined && { pc }),
      ...(hasFaults && { cfsr, hfsr }),
    };
  });
}

function infoJson({ session, chip, target }: TargetForWork, core: CoreNow): Record<string, unknown> {
  const { identity } = session.probe;
  const { state } = chip;
  const { verdict, maker, evidence } = chip.genuine ?? {};
  return {
    probe: {
      serial: identity.serial,
      firmware: identity.firmware,
      ...(target.voltage !== undefined && { volts: target.voltage }),
    },
    protocol: target.protocol,
    idcode: target.idcode,
    chip: {
      name: chip.name,
      known: chip.row !== undefined,
      deviceId: chip.deviceId,
      revisionId: chip.revisionId,
      revision: chip.revision,
      flashBytes: chip.flashBytes,
      ram: chip.ramRegions,
      uid: chip.uid === undefined ? undefined : uidText(chip.uid),
    },
    genuine: verdict === undefined ? undefined : { verdict, maker, evidence },
    protection: {
      read: state?.readProtection === undefined ? undefined : levelOf(state.readProtection),
      write: state?.writeProtection?.addresses,
    },
    optionBytes: state === undefined ? [] : optionWords(state),
    core: { name: target.core.name, ...core },
    resetFlags: state?.resetFlags?.flags,
    vectorTable: state?.vectorTable,
  };
}

function infoLines({ session, chip, target }: TargetForWork, core: CoreNow): string[] {
  const { identity } = session.probe;
  const { state } = chip;
  const volts = target.voltage === undefined ? "" : `, target at ${target.voltage.toFixed(2)} V`;
  const rows: [string, string | undefined][] = [
    ["Probe", `ST-LINK ${identity.serial}, firmware ${identity.firmware}${volts}`],
    ["Chip", chip.name],
    ["Device", deviceWords(chip.deviceId, chip.revisionId, chip.revision)],
    ["Maker", makerWords(chip)],
    ["Core", target.core.name],
    [
      "Flash",
      chip.flashBytes === 0 ? undefined : `${chip.flashBytes / 1024} KiB at ${hex32(chip.row?.flashBase ?? 0)}`,
    ],
    ["RAM", chip.ramRegions.map(({ base, size }) => `${size / 1024} KiB at ${hex32(base)}`).join(", ")],
    ["UID", chip.uid === undefined ? undefined : uidText(chip.uid)],
    ["Protection", state === undefined ? undefined : protectionWords(state)],
    [
      "Options",
      state === undefined
        ? undefined
        : optionWords(state)
            .map(({ name, words }) => `${name} ${words}`)
            .join("; "),
    ],
    ["State", stateWords(core)],
    ["Vectors", vectorWords(core, state)],
    ["Resets", state?.resetFlags === undefined ? undefined : resetWords(state.resetFlags.flags)],
  ];
  return rows.flatMap(([label, text]) =>
    text === undefined || text === "" ? [] : labelled(`${label}:`.padEnd(12), [text], 12),
  );
}

function deviceWords(id: number | undefined, revisionId: number | undefined, revision: string | undefined): string {
  if (id === undefined) return "no device id could be read";
  const letter = revision === undefined ? "" : ` (revision ${revision})`;
  return `DEV_ID ${hex(id, 3)}, REV_ID ${hex(revisionId ?? 0, 4)}${letter}`;
}

function makerWords({ genuine, romTable }: TargetForWork["chip"]): string | undefined {
  if (genuine === undefined) return undefined;
  const { verdict, maker, evidence } = genuine;
  if (verdict === "st") {
    const named = romTable?.isSt ? `the ROM table names ${romTable.designerName}, and ` : "";
    return `ST: ${named}debug port, core and revision are those of this chip`;
  }
  const lead = verdict === "clone" ? `not ST${maker === undefined ? "" : `, probably ${maker}`}` : "perhaps not ST";
  return `${lead}. ${evidence.join(" ")}`;
}

/** The word at the lowest address first. */
function uidText(words: readonly number[]): string {
  return words.map((word) => hex32(word).slice(2)).join("-");
}

function levelOf({ on, level }: NonNullable<ChipState["readProtection"]>): number | "on" | "off" {
  return level ?? (on ? "on" : "off");
}

function protectionWords({ readProtection, writeProtection }: ChipState): string {
  const read =
    readProtection === undefined
      ? "read protection unknown"
      : readProtection.level === undefined
        ? `read protection ${readProtection.on ? "on" : "off"}`
        : `read protection level ${readProtection.level}`;
  const pages = writeProtection?.addresses ?? [];
  const write =
    writeProtection === undefined
      ? ""
      : pages.length === 0
        ? ", no sector write-protected"
        : `, write-protected from ${pages.map(hex32).join(", ")}`;
  return `${read}${write}`;
}

function stateWords({ state, pc, exception, cfsr = 0, hfsr = 0 }: CoreNow): string {
  const at = pc === undefined ? "" : state === "halted" ? ` at ${hex32(pc)}` : `, seen at ${hex32(pc)}`;
  const handles = exception === 0 || state === "lockup" ? "" : `, in ${exceptionName(exception)}`;
  const faults = cfsr === 0 && hfsr === 0 ? "" : `; faults remembered: CFSR ${hex32(cfsr)}, HFSR ${hex32(hfsr)}`;
  return `${state === "lockup" ? "in lockup" : state}${at}${handles}${faults}`;
}

const exceptionNames: Readonly<Record<number, string>> = {
  1: "Reset",
  2: "NMI",
  3: "HardFault",
  4: "MemManage",
  5: "BusFault",
  6: "UsageFault",
  11: "SVCall",
  12: "DebugMonitor",
  14: "PendSV",
  15: "SysTick",
};

/** ARMv7-M B1.5.2. */
function exceptionName(number: number): string {
  return exceptionNames[number] ?? (number >= 16 ? `interrupt ${number - 16}` : `exception ${number}`);
}

function vectorWords({ vtor }: CoreNow, state: ChipState | undefined): string | undefined {
  if (vtor === undefined) return undefined;
  const table = state?.vectorTable;
  const first =
    table === undefined
      ? ""
      : `; flash begins with SP ${hex32(table.stackPointer)}, reset vector ${hex32(table.resetVector)}`;
  return `VTOR ${hex32(vtor)}${first}`;
}

const resetNames: Readonly<Record<string, string>> = {
  IWDGRSTF: "independent watchdog",
  WWDGRSTF: "window watchdog",
  IWDG1RSTF: "independent watchdog",
  WWDG1RSTF: "window watchdog",
  LPWRRSTF: "low-power mode that is forbidden",
  SFTRSTF: "software",
  PORRSTF: "power-on",
  PINRSTF: "NRST",
};

function resetWords(flags: readonly string[]): string {
  if (flags.length === 0) return "none since the program cleared the flags";
  return `${flags.map((flag) => `${resetNames[flag] ?? flag} (${flag})`).join(", ")}, since the flags were last cleared`;
}
