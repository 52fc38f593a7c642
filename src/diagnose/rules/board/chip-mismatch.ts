import { hex } from "../../../base/bytes.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId, chips } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** ID codes of debug ports and the cores that have them (ARM's technical reference manuals). */
const cores: ReadonlyMap<number, string> = new Map([
  [0x0bb11477, "a Cortex-M0"],
  [0x0bc11477, "a Cortex-M0+"],
  [0x1ba01477, "an STM32 with Cortex-M3 (F1, L1)"],
  [0x2ba01477, "an STM32 with Cortex-M3 or M4 (F2, F3, F4, G4, L4)"],
  // The same by JTAG.
  [0x3ba00477, "an STM32 with Cortex-M3 (F1, L1)"],
  [0x4ba00477, "an STM32 with Cortex-M3 or M4 (F2, F3, F4, G4, L4)"],
  [0x5ba00477, "an STM32F7 (Cortex-M7)"],
  [0x6ba00477, "an STM32H7 or WB"],
  [0x5ba02477, "an STM32F7 (Cortex-M7)"],
  [0x6ba02477, "an STM32H7 or WB"],
  [0x0be12477, "an STM32 with Cortex-M33 (L5, U5)"],
  [0x0be01477, "an STM32 with Cortex-M33"],
]);

/** `STM32F4`, of a name in any spelling: `stm32f407vgtx`, `stm32f4x`, `STM32F10xxx`. */
export function familyIn(name: string): string | undefined {
  const match = /stm32_?(mp\d|wba|wb0|wb|wl|[a-z]\d)/i.exec(name);
  return match === null ? undefined : `STM32${match[1].toUpperCase()}`;
}

/** The board that somebody names carries a chip of another family than the F1. */
export function boardOfOthers(facts: FactSet): FactOf<"board-told"> | undefined {
  return facts.last("board-told", ({ chip }) => familyIn(chip) !== undefined && familyIn(chip) !== "STM32F1");
}

export const chipMismatch: Rule = {
  name: "chip-mismatch",
  why: "DEV_ID names the group of chips (reference manuals, DBGMCU_IDCODE), DPIDR the core's debug port; a tool that was set up for another family drives another flash controller at other addresses.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const wanted = facts
      .all("chip-name", ({ by }) => by !== "tool")
      .find(({ value }) => familyIn(value.name) !== undefined);
    const family = wanted === undefined ? undefined : familyIn(wanted.value.name);
    if (wanted !== undefined && chip !== undefined && family !== undefined && chip.family !== family) {
      // Families that share a letter and digits in tools' names: `stm32wbx` for the WB, `stm32l4x` for the L4+.
      if (chip.family.startsWith(family) || family.startsWith(chip.family)) return [];
      return [
        conclusion("chip-mismatch", {
          certainty: "likely",
          severity: facts.has("flash-trouble") || facts.has("chip-unidentified") ? "error" : "warning",
          values: {
            wanted: wanted.value.name,
            there: `${shortChipName(chip)} (device ID ${hex(chip.deviceId, 3)})`,
          },
          evidence: quotes(wanted, id, facts.last("chip-unidentified"), facts.last("flash-trouble")),
          weight: 86,
          explains: ["chip-unknown", "flash-refused", "flash-differs", "flash-worn", "not-enough-to-tell"],
        }),
      ];
    }
    const port = facts.last("idcode", ({ value, expected }) => expected !== undefined && expected !== value);
    if (port?.value.expected !== undefined) {
      const { value: found, expected } = port.value;
      // An F1 that answers as an F2 or F4 does is a copy more often than another chip.
      const board = chip === undefined ? boardOfOthers(facts) : undefined;
      const isF1 = chip === undefined ? board === undefined : chip.family === "STM32F1";
      const copy = expected === 0x1ba01477 && found === 0x2ba01477 && isF1;
      const there = cores.get(found);
      if (copy || there === undefined) return [];
      return [
        conclusion("chip-mismatch", {
          certainty: "likely",
          variant: "core",
          values: { expected: hex(expected, 8).slice(2), found: hex(found, 8).slice(2), there },
          evidence: quotes(port, id, board),
          weight: 84,
          explains: ["chip-unknown", "chip-not-genuine", "not-enough-to-tell"],
        }),
      ];
    }
    const smaller = chip === undefined ? byCoreSize(facts, wanted, family) : undefined;
    if (smaller !== undefined) return [smaller];
    const driver = facts.last("chip-unidentified", ({ id: unknown }) => unknown === undefined);
    if (driver?.source.from !== "log" || driver.source.tool !== "openocd") return [];
    // An ID of nothing but zeros was not read: it is no other chip's.
    if (id === undefined && facts.has("chip-unidentified", ({ id: none }) => none === 0)) return [];
    if (id !== undefined && chip !== undefined && facts.before(id, driver)) {
      // The family is the one that the tool was told: it does not have this member of it.
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "member",
          values: { name: `${shortChipName(chip)} (device ID ${hex(chip.deviceId, 3)})` },
          evidence: quotes(
            facts.last("tool", ({ version }) => version !== undefined),
            id,
            driver,
          ),
          weight: 84,
          explains: ["chip-unknown", "not-enough-to-tell"],
        }),
      ];
    }
    // The driver read an ID (it says of another error so) from a core that stood still, and has none of that name.
    const halted = facts.last("core", ({ state }) => state === "halted");
    const sure =
      halted !== undefined && facts.before(halted, driver) && wanted !== undefined && !facts.has("target-lost");
    return [
      conclusion("chip-mismatch", {
        certainty: sure ? "likely" : "possible",
        variant: "driver",
        evidence: quotes(driver, id, facts.last("idcode")),
        weight: sure ? 62 : 50,
        explains: sure ? ["not-enough-to-tell", "chip-unknown"] : ["not-enough-to-tell"],
      }),
    ];
  },
};

/** Debug ports of ARMv6-M cores; those of Cortex-M3 and M4. Copies change one for another within the second group. */
const small = new Set([0x0bb11477, 0x0bc11477]);
const large = new Set([0x1ba01477, 0x2ba01477]);

/** A debug port of an ARMv6-M core where the family that the tool was told has none such, or the other way round. */
function byCoreSize(
  facts: FactSet,
  wanted: FactOf<"chip-name"> | undefined,
  family: string | undefined,
): Conclusion | undefined {
  const port = facts.last("idcode", ({ value }) => small.has(value) || large.has(value));
  const members = chips.filter((each) => each.family === family);
  if (wanted === undefined || port === undefined || members.length === 0) return undefined;
  const isSmall = (core: string): boolean => /^Cortex-M0/.test(core);
  const fits = small.has(port.value.value)
    ? members.some((each) => isSmall(each.core) || (each.secondCore !== undefined && isSmall(each.secondCore)))
    : members.some((each) => !isSmall(each.core));
  if (fits) return undefined;
  return conclusion("chip-mismatch", {
    certainty: "likely",
    variant: "port",
    values: {
      wanted: wanted.value.name,
      found: hex(port.value.value, 8).slice(2),
      there: cores.get(port.value.value) ?? "another core",
    },
    evidence: quotes(wanted, port),
    weight: 80,
    explains: ["chip-unknown", "chip-not-genuine", "not-enough-to-tell"],
  });
}

/** A program that pyOCD was to load into a target of which it has no flash: it cannot end well. */
function givenToBareCore(facts: FactSet, lacks: Fact): Fact | undefined {
  const file = facts.last("image-file");
  if (file?.source.from !== "log" || file.source.tool !== "pyocd") return undefined;
  return facts.before(lacks, file) ? file : undefined;
}

export const toolLacksChip: Rule = {
  name: "tool-lacks-chip",
  why: "A tool looks a chip up in its own list by name before it opens the target.",
  conclude(facts: FactSet): readonly Conclusion[] {
    // Why it is not known tells more than that a bare core was taken in its place.
    const lacks = facts.last("chip-unsupported", ({ has }) => has === "no-index") ?? facts.last("chip-unsupported");
    if (lacks === undefined) return [];
    if (lacks.value.has === "no-index") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "no-index",
          values: { name: lacks.value.name ?? "" },
          evidence: quotes(
            lacks,
            facts.last("chip-unsupported", ({ has }) => has === "core"),
          ),
          remedyFirst: [
            "Download the index anew (`pyocd pack clean`, then `pyocd pack update`), later or by another network if descriptions fail again; or download the family's pack yourself and name it: `pyocd ... --pack FILE.pack --target NAME`.",
          ],
          weight: 90,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    if (lacks.value.has === "core") {
      if (facts.has("stage", ({ stage, reached }) => reached && stage === "programmed")) return [];
      const failed =
        facts.last("client-trouble", ({ what }) => what === "load-failed") ??
        facts.last("flash-trouble") ??
        givenToBareCore(facts, lacks);
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          ...(failed === undefined && { severity: "warning" }),
          variant: "core",
          values: { name: lacks.value.name ?? "" },
          evidence: quotes(lacks, failed),
          remedyFirst: [
            "Name the chip: probe-rs `--chip NAME`; pyOCD `--target NAME`, a name of `pyocd list --targets`; `pyocd pack install NAME` brings those of a CMSIS pack.",
          ],
          weight: failed === undefined ? 12 : 60,
          // Of a chip that it does not know it knows no memory, either.
          ...(failed !== undefined && { explains: ["not-enough-to-tell", "flash-refused", "image-outside-flash"] }),
        }),
      ];
    }
    if (lacks.value.has === "several") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "several",
          evidence: quotes(lacks),
          remedyFirst: [
            "Give the tool a description of the chip in which one flash algorithm is the default for its flash (probe-rs: `--chip-description-path FILE.yaml`, made from the chip's CMSIS pack by `target-gen`), or update the tool.",
          ],
          weight: 88,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    if (lacks.value.has === "driver") {
      return [
        conclusion("tool-lacks-chip", {
          // A configuration may call its target as it likes.
          certainty: "likely",
          variant: "driver",
          values: { name: lacks.value.name ?? "" },
          evidence: quotes(
            facts.last("tool", ({ version }) => version !== undefined),
            facts.last("core", ({ state }) => state === "halted"),
            lacks,
          ),
          weight: 84,
          explains: ["chip-unknown", "chip-mismatch", "not-enough-to-tell"],
        }),
      ];
    }
    if (lacks.value.has === "no-flash") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "no-flash",
          evidence: quotes(
            facts.last("tool", ({ version }) => version !== undefined),
            lacks,
          ),
          remedyFirst: [
            "Update the tool: later releases know more families. STM32CubeProgrammer writes the flash of all.",
          ],
          weight: 88,
          explains: ["chip-unknown", "flash-refused", "not-enough-to-tell"],
        }),
      ];
    }
    if (lacks.value.has === "no-size") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "no-size",
          evidence: quotes(
            facts.last("device-id"),
            facts.last("client-trouble", ({ what }) => what === "load-failed"),
            lacks,
          ),
          remedyFirst: [
            "Update the server, or take another one (OpenOCD, ST's, Probity's). Until then `delete mem` in GDB and `mem LOW HIGH rw` for RAM let a program for RAM be loaded, and the tool beside the server (`st-flash write FILE.bin 0x08000000`) may write flash.",
          ],
          weight: 88,
          explains: ["flash-refused", "flash-protected", "image-outside-flash", "not-enough-to-tell"],
        }),
      ];
    }
    if (lacks.value.has === "name") {
      return [
        conclusion("tool-lacks-chip", {
          certainty: "likely",
          variant: "name-only",
          values: { name: lacks.value.name ?? "" },
          evidence: quotes(facts.last("device-id"), lacks),
          weight: 88,
          explains: ["not-enough-to-tell"],
        }),
      ];
    }
    return [
      conclusion("tool-lacks-chip", {
        // That a chip was not found, and no name, may also be said of one that does not answer.
        certainty: lacks.value.name === undefined ? "likely" : "certain",
        values: { name: lacks.value.name === undefined ? "the one given" : `"${lacks.value.name}"` },
        evidence: quotes(lacks),
        weight: 88,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
