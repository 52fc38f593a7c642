import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { isRam } from "../memory-map.ts";
import { emptyStart, startsLate } from "./late-start.ts";

/** A copy of an F1, by its debug port. */
export const copyByDebugPort: Rule = {
  name: "copy-by-debug-port",
  why: "The Cortex-M3 r1p1 of the STM32F1 has DPIDR 0x1BA01477; the r2p1 that copies of it are built with has 0x2BA01477, as have F2 and F4, whose device IDs are others.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id)?.family === "STM32F1");
    const port = facts.last("idcode", ({ value }) => value === 0x2ba01477);
    if (port === undefined || port.value.expected !== undefined) return [];
    // A tool that chooses its way to write flash by core and chip knows none for the two together.
    const unsupported = facts.last("chip-unsupported", ({ has }) => has === "no-flash");
    // A core of a copy that does not stop, or that the tool gives up: what it is comes before how it is wired.
    const stuck =
      facts.has("halt-failed") ||
      facts.last("verdict")?.source.from === "log" ||
      unsupported !== undefined ||
      facts.has("client-trouble", ({ what }) => what === "not-st");
    const severity = stuck ? ({ severity: "error" } as const) : {};
    if (id !== undefined) {
      return [
        conclusion("chip-not-genuine", {
          certainty: "likely",
          ...severity,
          values: { maker: "" },
          evidence: quotes(port, id, unsupported),
          weight: unsupported === undefined ? 65 : 86,
          // An IDE that drops the server over the maker's number has found the same.
          explains: ["not-enough-to-tell", "server-not-st", ...(unsupported === undefined ? [] : ["tool-lacks-chip"])],
        }),
      ];
    }
    const told = facts.last("chip-name", ({ name, by }) => by === "option" && /^STM32F1/i.test(name));
    if (told === undefined || facts.has("device-id", (value) => value.id !== 0)) return [];
    return [
      conclusion("chip-not-genuine", {
        certainty: "possible",
        ...severity,
        values: { maker: ", or another family than the tool was told" },
        evidence: quotes(told, port),
        weight: 65,
      }),
    ];
  },
};

/** An F1 by its device ID, of a revision that ST has not made. */
export const copyByRevision: Rule = {
  name: "copy-by-revision",
  why: "REV_ID of the F1's groups is in RM0008 31.6.1; makers of copies put numbers of their own there (GD32F103: 0x1303). Nothing new comes of this family.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", ({ revision }) => revision !== undefined && revision !== 0);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    if (id === undefined || chip?.family !== "STM32F1" || id.source.from !== "log") return [];
    if (chip.revisions.size === 0 || chip.revisions.has(id.value.revision as number)) return [];
    const size = facts.last("flash-size", ({ kib }) => kib * 1024 > (chip.maxFlashBytes ?? Number.POSITIVE_INFINITY));
    const trouble = facts.last("flash-trouble");
    return [
      conclusion("chip-not-genuine", {
        certainty: size === undefined && trouble === undefined ? "possible" : "likely",
        // ST's flash loaders are timed for ST's flash: on copies they fail where another tool goes well.
        ...(trouble !== undefined && { severity: "error" }),
        values: { maker: "" },
        evidence: quotes(id, size, trouble),
        weight: 72,
        explains: ["flash-size-wrong", "flash-refused", "not-enough-to-tell"],
      }),
    ];
  },
};

/** Where a core that found no program stands: in lockup, PC reads so (ARMv7-M B1.5.15; ARMv8-M B3.32). */
const LOCKED_UP: readonly number[] = [0xfffffffe, 0xeffffffe];

export function isLockupAddress(pc: number | undefined): boolean {
  return pc !== undefined && LOCKED_UP.includes(pc);
}

/** After the program was written a reset took a stack in RAM and a place in flash from its vector table. */
function startedWell(facts: FactSet, later: Fact): boolean {
  const written = facts.last("stage", isWritten);
  if (written === undefined || !facts.before(written, later)) return false;
  const lines = facts.all("core-register", ({ name, value }) => name === "sp" && isRam(value));
  return lines.some(
    (sp) =>
      facts.before(written, sp) &&
      facts.before(sp, later) &&
      facts
        .all("core-register", ({ name, value }) => name === "pc" && value >>> 24 === 0x08)
        .some((pc) => sameLine(sp, pc)),
  );
}

/** Registers that a tool printed together. */
export function sameLine(one: Fact, other: Fact): boolean {
  return one.source.from === "log" && other.source.from === "log" && one.source.line === other.source.line;
}

/** A core without a program, by where it stands. */
export const noProgram: Rule = {
  name: "no-program-from-log",
  why: "Erased flash is all ones: reset loads SP with 0xFFFFFFFC and PC with 0xFFFFFFFE, the first fetch faults, the fault handler's vector is as bad, and the core locks up with PC 0xFFFFFFFE (ARMv7-M B1.5.5, B1.5.15). Read-protected flash reads alike to a core with a debugger attached.",
  conclude(facts: FactSet): readonly Conclusion[] {
    if (facts.has("vector-table") || facts.last("read-protection")?.value.on === true) return [];
    const nowhere = facts
      .all("core-register")
      .findLast(({ value }) => value.name === "pc" && isLockupAddress(value.value));
    const stop = facts.last("stop", ({ pc }) => isLockupAddress(pc));
    const last = lastOf(facts, nowhere, stop);
    const late = startsLate(facts);
    // What was written since fills the place, but for a program that leaves it to another.
    if (last === undefined || last.source.from !== "log" || (late === undefined && betterKnown(facts, last))) return [];
    const elsewhere = [
      ...facts.all("core-register", ({ name, value }) => name === "pc" && !isLockupAddress(value)),
      ...facts.all("stop", ({ pc }) => pc !== undefined && !isLockupAddress(pc)),
    ].some((each) => facts.before(last, each));
    if (elsewhere) return [];
    // An empty table gives the stack pointer as well: a stack in RAM is a program's, which locked up for itself.
    if (isRam(facts.last("core-register", ({ name }) => name === "sp")?.value.value)) return [];
    if (startedWell(facts, last)) return [];
    const verified = facts.last("stage", ({ stage, reached }) => stage === "verified" && reached);
    // What was verified had not been refused; and what a text's own words may mean is no refusal by the flash.
    const refused = facts
      .all("flash-trouble")
      .findLast(
        (each) =>
          !(each.source.from === "log" && each.source.guessed === true) &&
          (verified === undefined || facts.before(verified, each)),
      );
    const evidence = quotes(
      late,
      last,
      facts.last("core-register", ({ name, value }) => name === "sp" && value >>> 8 === 0xffffff),
      facts.last("core", ({ state }) => state === "lockup"),
    );
    return [
      conclusion("vector-table-empty", {
        // A refusal by the flash tells more than an empty core.
        certainty: refused === undefined ? "likely" : "possible",
        ...(refused !== undefined && { severity: "warning" }),
        ...emptyStart("0xFFFFFFFC", "0xFFFFFFFE", ", and locks up", late),
        evidence,
        weight: 72,
        explains: [
          "core-lockup",
          "firmware-faults",
          "not-enough-to-tell",
          ...(refused === undefined && verified !== undefined ? ["flash-refused"] : []),
        ],
      }),
    ];
  },
};

/** ST's boot loader by address: system memory in the code region, and from 0x0BF80000 on H5, L5, U5 and WBA (AN2606). */
function isSystemMemory(pc: number): boolean {
  return (pc >= 0x1ff00000 && pc < 0x20000000) || (pc >= 0x0bf80000 && pc < 0x0c000000);
}

/** A core that runs ST's boot loader. */
export const bootLoaderRuns: Rule = {
  name: "boot-loader-runs-from-log",
  why: "Code at 0x1FFxxxxx (0x0BFxxxxx on H5, L5, U5) is ST's boot loader in system memory (AN2606): the core is there when BOOT0 was high at reset, when flash is empty on families that check for that, or when the program jumped there.",
  conclude(facts: FactSet): readonly Conclusion[] {
    if (facts.has("boot-memory")) return [];
    const place = placeInLog(facts);
    if (place === undefined) return [];
    if (isLockupAddress(place.pc)) return lockedUpOverIt(facts, place.last);
    if (!isSystemMemory(place.pc)) return [];
    const { last, pc } = place;
    return [
      conclusion("boot-not-from-flash", {
        certainty: "likely",
        // From there a chip is erased and programmed as from anywhere: what fails of that has another cause.
        ...((betterKnown(facts, last) || workFailed(facts, last)) && { severity: "warning" }),
        variant: "running",
        values: { memory: "system memory (ST's boot loader)", pc: hex32(pc) },
        evidence: quotes(last),
        weight: 66,
      }),
    ];
  },
};

/**
 * GDB starts what it loaded at its entry, wherever a reset would lead; its interrupts still take their vectors from address 0,
 * where BOOT0 has put system memory.
 */
function lockedUpOverIt(facts: FactSet, lockup: Fact): readonly Conclusion[] {
  const before =
    facts.last("core-register", ({ name, value }) => name === "pc" && isSystemMemory(value)) ??
    facts.last("stop", ({ pc }) => pc !== undefined && isSystemMemory(pc));
  const ran = facts.last("stage", ({ stage, reached }) => reached && stage === "running");
  if (before?.source.from !== "log" || ran === undefined || !facts.before(before, ran)) return [];
  return [
    conclusion("boot-not-from-flash", {
      certainty: "likely",
      variant: "vectors",
      values: {
        memory: "system memory (ST's boot loader)",
        pc: hex32(before.kind === "stop" ? (before.value.pc ?? 0) : before.value.value),
      },
      evidence: quotes(before, ran, lockup),
      weight: 74,
      explains: ["core-lockup", "firmware-faults", "vector-table-empty", "not-enough-to-tell"],
    }),
  ];
}

function workFailed(facts: FactSet, place: Fact): boolean {
  const trouble = facts.last(
    "flash-trouble",
    ({ operation }) => operation !== "verify" && operation !== "option-bytes",
  );
  return trouble !== undefined && facts.before(place, trouble);
}

/** Where a log says that the core stood at last. */
export function placeInLog(facts: FactSet): { readonly last: Fact; readonly pc: number } | undefined {
  const places = [
    ...facts.all("core-register", ({ name }) => name === "pc"),
    ...facts.all("stop", ({ pc }) => pc !== undefined),
  ].filter(({ source }) => source.from === "log");
  const last = places.reduce<Fact | undefined>((kept, each) => lastOf(facts, kept, each), undefined);
  const pc = last?.kind === "core-register" ? last.value.value : last?.kind === "stop" ? last.value.pc : undefined;
  return last === undefined || pc === undefined ? undefined : { last, pc };
}

function lastOf(facts: FactSet, one: Fact | undefined, other: Fact | undefined): Fact | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return facts.before(one, other) ? other : one;
}

/** A program was put there later. */
function betterKnown(facts: FactSet, nowhere: Fact): boolean {
  const later = facts.last("stage", isWritten);
  return later !== undefined && facts.before(nowhere, later);
}
