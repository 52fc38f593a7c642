import { hex } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { boardOfOthers } from "../board/chip-mismatch.ts";
import { bootLoaderErased } from "./boot-loader-erased.ts";
import { flashSize, imageTooLarge } from "./flash-size.ts";
import { refusedAsNotGenuine } from "./genuine-from-log.ts";

const genuine: Rule = {
  name: "chip-not-genuine",
  why: "The ROM table's designer is burnt in by the maker of the die (CoreSight PIDR1, PIDR2, PIDR4); ST's is JEP106 0x20.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const verdict = facts.last("genuine");
    const designer = facts.last("designer", ({ code, bank = 0 }) => code !== 0x20 || bank !== 0);
    const id = facts.last("device-id", (value) => value.id !== 0);
    const idcode = facts.last("idcode", ({ value, expected }) => expected !== undefined && expected !== value);
    const explains = ["wires-open", "not-enough-to-tell", "target-no-power", "chip-unknown", "chip-mismatch"];
    if (designer !== undefined || verdict?.value.verdict === "clone") {
      const maker = verdict?.value.maker;
      const foreign = designer !== undefined && designer.value.code !== 0 && designer.value.code !== 0x3b;
      return [
        conclusion("chip-not-genuine", {
          certainty: foreign ? "certain" : "likely",
          ...((facts.has("verdict") || (maker !== undefined && failedAtChip(facts))) && { severity: "error" }),
          values: { maker: maker === undefined ? "" : ` but, by its marks, one of ${maker}` },
          evidence: quotes(designer, verdict, idcode),
          weight: 75,
          explains,
        }),
      ];
    }
    if (verdict?.value.verdict === "doubtful") {
      return [
        conclusion("chip-not-genuine", {
          certainty: "possible",
          variant: "doubtful",
          evidence: quotes(verdict),
          weight: 40,
        }),
      ];
    }
    // An F1 whose DPIDR is that of an F2 or F4: OpenOCD's message about copies.
    const isF1 = idcode?.value.expected === 0x1ba01477 && idcode.value.value === 0x2ba01477;
    if (!isF1 || idcode === undefined) return [];
    const family = id === undefined ? undefined : chipByDeviceId(id.value.id)?.family;
    // An ID of another family of ST's, whose debug port this is: no copy of an F1.
    if (family === undefined ? boardOfOthers(facts) !== undefined : family !== "STM32F1") return [];
    const f1 = family !== undefined;
    return [
      conclusion("chip-not-genuine", {
        certainty: "likely",
        values: { maker: f1 ? "" : ", or another family than the tool was told" },
        severity: "error",
        evidence: quotes(idcode, id),
        weight: 70,
        explains,
      }),
    ];
  },
};

/** Something went wrong that a tool does by registers which another maker's chip has elsewhere, or not at all. */
function failedAtChip(facts: FactSet): boolean {
  const log = (each: { source: { from: string } } | undefined): boolean => each?.source.from === "log";
  return (
    log(facts.last("chip-unidentified")) ||
    log(facts.last("flash-trouble")) ||
    log(facts.last("read-protection", ({ on }) => on))
  );
}

/** Wire clock in kHz from which wiring is a suspect when nonsense is read: what a probe takes by itself is below. */
const FAST = 8_000;

/** AIRCR as a debugger writes it for a reset: VECTKEY and SYSRESETREQ (ARMv7-M B3.2.6). */
const RESET_REQUEST = 0x05fa0004;

/** What tells a chip that does not answer from a tool that does not know how to ask it. */
const retry =
  "Try connect under reset (`st-info --probe --connect-under-reset`), and another tool or release (STM32CubeProgrammer, `probity doctor`): if that finds the chip, this one is too old for it or misreads it.";

/** Whether a release of the open-source stlink tools before 1.2 speaks, which cannot connect under reset: by its source file. */
function isEarly({ source }: Fact): boolean {
  return source.from === "log" && source.text.includes("stlink-common.c");
}

/** The lowest bits of the ID of every debug port of ARM's (ADIv5.2 B2.2.5: DESIGNER 0x23B). */
const ARM_PORT = 0x477;

const unknown: Rule = {
  name: "chip-unknown",
  why: "DEV_ID in DBGMCU_IDCODE names the group of chips (RM0008 31.6.1); all groups that ST has published are in the table.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const without = facts.last("chip-unidentified");
    const known = facts.last("device-id", ({ id }) => chipByDeviceId(id) !== undefined);
    if (without === undefined || (known !== undefined && facts.before(without, known))) return [];
    const { garbage } = without.value;
    // An ID of 0 was not read.
    const id = without.value.id === 0 ? undefined : without.value.id;
    // That nothing answered, told in words, tells more than what such a read left behind.
    if (without.value.echo === true && silenceTold(facts)) return [];
    const port = facts.last("idcode", ({ value }) => (value & 0xfff) === ARM_PORT);
    if (garbage === 0 && port !== undefined) {
      return [
        conclusion("chip-unknown", {
          certainty: "possible",
          severity: "error",
          variant: "unreadable",
          evidence: quotes(without, port),
          weight: 54,
          explains: ["not-enough-to-tell", "wires-open", "target-no-power"],
        }),
      ];
    }
    if (garbage === 0 && isEarly(without)) {
      return [
        conclusion("not-enough-to-tell", {
          certainty: "possible",
          values: {
            known:
              "the tool took 0 for the chip's device ID, which so early a release prints of a chip that does not answer (wires, power, what its program does), and of one that it does not know how to ask",
            next: retry,
          },
          evidence: quotes(without),
          weight: 53,
        }),
      ];
    }
    if (garbage === 0) {
      return [
        conclusion("chip-unknown", {
          certainty: "possible",
          severity: "error",
          variant: "zero",
          evidence: quotes(
            facts.last("tool", ({ version }) => version !== undefined),
            without,
          ),
          remedyFirst: [
            "Check the wires from end to end (SWDIO, SWCLK, GND), that the board has power, and on a board with a probe of its own that its jumpers (CN2, CN3, CN4) are fitted.",
            retry,
          ],
          weight: 53,
        }),
      ];
    }
    if (garbage !== undefined) {
      return [
        conclusion("chip-unknown", {
          certainty: "possible",
          severity: "error",
          variant: "garbage",
          values: { id: hex(garbage, 3) },
          evidence: quotes(
            facts.last("tool", ({ version }) => version !== undefined),
            without,
          ),
          remedyFirst: [
            "Try another version of the tool, or another tool (STM32CubeProgrammer, `probity doctor`): it shows whether the chip or the tool is at fault.",
          ],
          // What the tool wrote last, found in its own buffer, tells that nothing has answered since: that comes first.
          weight: without.value.echo !== true ? 56 : garbage === RESET_REQUEST ? 41 : 53,
        }),
      ];
    }
    const evidence = quotes(without, facts.last("cpuid"));
    // A tool calls unknown what it misread, too: an echo of its own command, or what a garbled answer left in its buffer.
    // A look of our own is sure when it was repeated.
    const certainty = without.source.from !== "log" && without.value.confirmed === true ? "certain" : "likely";
    // Flash is worked by the chip's own registers: without knowing the chip a tool writes into the blue.
    const work = facts.last("flash-trouble");
    if (id === undefined && work !== undefined && facts.before(without, work)) {
      const clock = facts.last("wire-clock", ({ khz }) => khz >= FAST);
      return [
        conclusion("chip-unknown", {
          certainty: "likely",
          severity: "error",
          variant: "unreadable",
          evidence: quotes(without, clock, work),
          ...(clock !== undefined && { remedyFirst: ["Try a lower wire clock (1000 kHz), with short wires."] }),
          weight: 60,
          explains: ["flash-differs", "flash-refused", "flash-worn", "not-enough-to-tell"],
        }),
      ];
    }
    return [
      id === undefined
        ? conclusion("chip-unknown", { certainty, variant: "unreadable", evidence, weight: 40 })
        : conclusion("chip-unknown", {
            certainty,
            values: { id: `device ID ${hex(id, 3)}` },
            evidence,
            weight: 40,
          }),
    ];
  },
};

/** Whether a line of a log says that nothing answered: another than those with a number in place of the ID. */
function silenceTold(facts: FactSet): boolean {
  const lines = new Set(facts.all("chip-unidentified").map(({ source }) => (source.from === "log" ? source.line : 0)));
  return facts
    .all("wire-answer", ({ answer }) => answer === "none")
    .some(({ source }) => source.from === "log" && !lines.has(source.line));
}

/** Which chip it is. */
export const chipRules: readonly Rule[] = [
  genuine,
  refusedAsNotGenuine,
  bootLoaderErased,
  unknown,
  flashSize,
  imageTooLarge,
];
