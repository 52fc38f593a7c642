import { shortChipName } from "../../../chips/memory-controllers.ts";
import { partName } from "../../../chips/part-name.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isFirstCores } from "./own-port.ts";

/** Access ports of the cores, where a chip's cores are not all behind port 0 (reference manuals, debug chapters). */
const ports: ReadonlyMap<number, readonly number[]> = new Map([
  [0x450, [0, 3]],
  [0x486, [1]],
  [0x497, [0, 1]],
]);

/** Families of one core, which stands behind port 0; the chips of them that have two are in the list above. */
const atPortZero: ReadonlySet<string> = new Set(
  ["F0", "F1", "F2", "F3", "F4", "F7", "G0", "G4", "H7", "L0", "L1", "L4"].map((family) => `STM32${family}`),
);

/** Ports of the cores of the chip that was read, or of the part that somebody named; `undefined`: not known. */
function portsOf(facts: FactSet): { chip: string; right: readonly number[]; said: Fact } | undefined {
  const part = facts.all("chip-name").findLast(({ value }) => partName(value.name) !== undefined);
  const parts = part === undefined ? undefined : partName(part.value.name);
  const id = facts.last("device-id", (value) => value.id !== 0);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  // Of the H7 with ID 0x450 the name alone tells whether it has two cores.
  const single = parts !== undefined && /^STM32H7[45][0-3]/.test(parts.name);
  if (chip !== undefined && id !== undefined) {
    const named = single && parts.chips.includes(chip) ? [0] : undefined;
    const right = named ?? ports.get(chip.deviceId) ?? (atPortZero.has(chip.family) ? [0] : undefined);
    return right === undefined ? undefined : { chip: shortChipName(chip), right, said: id };
  }
  if (part === undefined || parts === undefined) return undefined;
  // What a name leaves open is the size of flash: chips of one name have their cores behind the same ports.
  const [{ deviceId, family }] = parts.chips;
  const right = single ? [0] : (ports.get(deviceId) ?? (atPortZero.has(family) ? [0] : undefined));
  if (right === undefined) return undefined;
  return { chip: parts.name, right, said: part };
}

/** An access port behind which there is no core. */
export const accessPortWrong: Rule = {
  name: "access-port-wrong",
  why: "RM0399 (H745/755): Cortex-M7 behind AP0, Cortex-M4 behind AP3; single-core H7: AP0 (RM0433, RM0468). RM0486 (N6): the core behind AP1. RM0453 (WL5x): AP0 and AP1. Older families have one core behind AP0.",
  conclude(facts) {
    const apid = facts.last("option", ({ name, value }) => name === "apid" && /^\d{1,3}$/.test(value));
    const known = portsOf(facts);
    if (apid === undefined || known === undefined) return [];
    const used = Number(apid.value.value);
    const { chip, right, said } = known;
    if (right.includes(used)) return [];
    const zero = facts.last("core-register", ({ name, value }) => name === "pc" && value === 0);
    const trouble = zero ?? facts.last("access-port-failed") ?? facts.last("error-code") ?? facts.last("verdict");
    if (trouble === undefined) return [];
    return [
      conclusion("access-port-wrong", {
        certainty: "likely",
        values: { apid: used, chip, right: right.at(-1) ?? 0 },
        evidence: quotes(apid, said, trouble),
        weight: 85,
        explains: ["not-enough-to-tell", "second-core-off"],
      }),
    ];
  },
};

/** The second core of a dual-core chip. */
export const secondCoreOff: Rule = {
  name: "second-core-off",
  why: "A second core's access port answers only while its domain has power and clock (RM0399 debug chapter) and when security options allow it (RM0453: ESE, DDS).",
  conclude(facts) {
    const port = facts.last("access-port-failed", ({ ap }) => ap !== undefined && !isFirstCores(facts, ap));
    if (port !== undefined) {
      const unstopped = reachedByAttachAlone(facts, port);
      return [
        ...unstopped,
        conclusion("second-core-off", {
          certainty: unstopped.length > 0 ? "possible" : "likely",
          values: { ap: port.value.ap ?? 0 },
          evidence: quotes(port),
          weight: 80,
          explains: ["not-enough-to-tell", "wires-open", "target-no-power"],
        }),
      ];
    }
    const apid = facts.last("option", ({ name, value }) => name === "apid" && Number(value) > 0);
    const id = facts.last("device-id", (value) => value.id !== 0);
    const dual = id === undefined ? undefined : ports.get(id.value.id);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const doubtful = facts.last("genuine", ({ verdict }) => verdict === "doubtful");
    if (
      doubtful !== undefined &&
      chip !== undefined &&
      dual !== undefined &&
      (id?.value.id === 0x497 || apid !== undefined)
    ) {
      return [
        conclusion("second-core-off", {
          certainty: "likely",
          variant: "locked",
          values: { chip: shortChipName(chip) },
          evidence: quotes(doubtful, id, apid),
          weight: 80,
          explains: ["not-enough-to-tell", "chip-not-genuine"],
        }),
      ];
    }
    const both = ofTwoCores(facts);
    if (both !== undefined) return [both];
    // The port's own core is there, and the session of another core names its port: jumpers are no matter then.
    const unanswered =
      apid === undefined ? undefined : facts.last("error-code", ({ code }) => code === "st-internal-19");
    if (unanswered !== undefined) {
      return [
        conclusion("second-core-off", {
          certainty: "likely",
          variant: "behind",
          values: { number: 19, ap: apid?.value.value ?? "" },
          evidence: quotes(unanswered, apid, id),
          weight: 72,
          explains: ["not-enough-to-tell", "board-jumpers-off"],
        }),
      ];
    }
    const internal = facts.last("error-code", ({ code }) => code === "st-internal-32");
    const shared = facts.last("option", ({ name, value }) => name === "shared" && value === "true");
    if (internal === undefined) return behindPort3(facts, apid, id);
    const pointed = apid !== undefined || dual !== undefined || shared !== undefined;
    // A chip that is known to have one core has another trouble.
    if (!pointed && id !== undefined) return [];
    if (!pointed) {
      return [
        conclusion("not-enough-to-tell", {
          certainty: "possible",
          values: {
            known:
              "the server's internal error 32 is what it gives where it can't open the access port that it was to use: of an STM32N6 outside of its boot mode for development, or of a chip with two cores whose second core is not started, or is debugged in another session",
            next: "STM32N6: set BOOT1 to 1 (development), switch the power off and on. Two cores: give each session its access port (-m) and ports of its own, the first core's first. One core: connect under reset at a low clock (ST's server: -k --frequency 950), or run `probity doctor` with the board attached.",
          },
          evidence: quotes(internal),
          weight: 42,
        }),
      ];
    }
    return [
      conclusion("second-core-off", {
        certainty: apid !== undefined && shared !== undefined ? "likely" : "possible",
        variant: "session",
        values: { number: 32 },
        evidence: quotes(internal, apid, id, shared),
        weight: 70,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** Of STM32 only those with two Cortex-M of which one is a Cortex-M7 have a core behind port 3 (RM0399). */
function behindPort3(
  facts: FactSet,
  apid: FactOf<"option"> | undefined,
  id: FactOf<"device-id"> | undefined,
): readonly Conclusion[] {
  const unnamed = facts.last("verdict");
  if (apid?.value.value !== "3" || unnamed === undefined || id !== undefined) return [];
  if (facts.has("probe-trouble") || facts.has("voltage", ({ volts }) => volts < 1.65)) return [];
  return [
    conclusion("second-core-off", {
      certainty: "possible",
      variant: "asked",
      values: { ap: 3 },
      evidence: quotes(apid, unnamed),
      weight: 44,
      explains: ["not-enough-to-tell"],
    }),
  ];
}

/**
 * A chip that a tool reaches without a reset alone, and whose flash refuses to be erased then: what stops the core at a
 * reset does not arrive, or the core stands in reset, whichever access port the tool named.
 */
function reachedByAttachAlone(facts: FactSet, port: Fact): Conclusion[] {
  const attached = facts.last("wire-answer", ({ answer, manner }) => answer === "ok" && manner === "attach");
  const refused = facts.last("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
  if (attached === undefined || refused === undefined) return [];
  if (!facts.before(port, attached) || !facts.before(attached, refused)) return [];
  return [
    conclusion("core-does-not-halt", {
      certainty: "likely",
      variant: "access",
      evidence: quotes(port, attached, refused),
      remedyFirst: [
        "Measure NRST: it has to be high while nobody presses reset. A diode, transistor or supervisor that pulls it low keeps the core in reset, in which hot plug still reads registers and flash.",
      ],
      weight: 82,
      explains: ["not-enough-to-tell", "wires-open", "flash-refused", "write-protected", "flash-protected"],
    }),
  ];
}

/** Chips with two cores by name, and of these the ones whose second core waits until it is started (RM0453: C2BOOT). */
const twoCores = /STM32(?:H7[45][57]|WL5[45])/i;
const waitsForStart = /STM32WL5/i;

/** A tool that opens every core of the chip that it was told, and was refused by what lies behind the debug port. */
function ofTwoCores(facts: FactSet): Conclusion | undefined {
  const name = facts.last("chip-name", (value) => twoCores.test(value.name));
  const refused = facts.last("wire-answer");
  if (name === undefined || refused?.source.from !== "log" || refused.source.tool !== "probe-rs") return undefined;
  if (refused.value.answer !== "fault" || facts.has("target-lost")) return undefined;
  return conclusion("second-core-off", {
    certainty: waitsForStart.test(name.value.name) ? "likely" : "possible",
    variant: "both",
    values: { chip: name.value.name },
    evidence: quotes(name, refused),
    weight: 60,
    explains: ["not-enough-to-tell"],
  });
}

/** The first access port does not answer, though the debug port does. */
export const accessPortClosed: Rule = {
  name: "access-port-closed",
  why: "A debug port is powered and clocked by itself; its access ports stand behind the chip's security and the core's power domain (ADIv5.2 B2.2; RM0481, debug).",
  conclude(facts) {
    const port = facts.last("access-port-failed", ({ ap }) => isFirstCores(facts, ap));
    const identified = facts.last("device-id", (value) => value.id !== 0);
    if (port === undefined || port.source.from !== "log") return [];
    if (identified !== undefined && facts.before(port, identified)) return [];
    return [
      conclusion("access-port-closed", {
        certainty: "likely",
        values: { ap: port.value.ap ?? 0 },
        evidence: quotes(port, facts.last("voltage")),
        weight: 60,
        explains: ["not-enough-to-tell", "core-does-not-halt", "firmware-low-power", "wires-open"],
      }),
    ];
  },
};
