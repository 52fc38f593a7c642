import { hex } from "../../../base/bytes.ts";
import type { Chip } from "../../../chips/chip.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf, FactValues } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { isSpan } from "../memory-map.ts";

export const flashSize: Rule = {
  name: "flash-size-wrong",
  why: "F_SIZE is written by the factory with the size in KiB (RM0008 30.1.1); a device ID stands for one density, of which parts with few sizes are made (RM0008 31.6.1; data sheets).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const size = facts.last("flash-size");
    const id = facts.last("device-id", ({ id }) => id !== 0);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    if (size === undefined) return [];
    if (size.value.raw !== undefined) return fromRegister(facts, size, size.value.raw, id, chip);
    const { kib } = size.value;
    const most = (chip?.maxFlashBytes ?? 0) / 1024;
    if (kib < 0xffff && (most === 0 || kib <= 2 * most)) return [];
    // The number that was read just before, for the ID: reads do not arrive, that of the lock bit no better than this one.
    const stale = kib === id?.value.id;
    return [
      conclusion("flash-size-wrong", {
        certainty: "likely",
        severity: "error",
        variant: "log",
        values: { kib, chip: chip?.name ?? "STM32" },
        evidence: quotes(size, id),
        ...(stale && { remedyFirst: [staleRead] }),
        weight: stale ? 89 : 70,
        explains: ["flash-worn", "write-protected", ...(stale ? ["flash-protected", "flash-refused"] : [])],
      }),
    ];
  },
};

const staleRead =
  "The size that came is the chip's device ID, which had been read just before: what this tool reads is not what the chip holds, so nothing that it says of locks and protection counts. Take a newer release of it, or another tool.";

function fromRegister(
  facts: FactSet,
  size: FactOf<"flash-size">,
  raw: number,
  id: FactOf<"device-id"> | undefined,
  chip: Chip | undefined,
): readonly Conclusion[] {
  const { kib } = size.value;
  const made = chip?.knownFlashSizesKib ?? [];
  const stated = statedKib(chip, raw);
  if (stated !== undefined && (made.length === 0 || made.includes(stated))) return [];
  const values = {
    raw: hex(raw, 4),
    size: stated === undefined ? "no size at all" : `${stated} KiB`,
    chip: chip?.name ?? "STM32",
    sizes: made.length === 0 ? "" : `: there ${made.length === 1 ? "is" : "are"} ${listed(made)} KiB`,
    assumed: kib === 0 ? "" : ` ${kib} KiB${stated === undefined ? ", the most there is," : ""} are assumed.`,
  };
  // Makers of compatible chips take ST's device ID for other densities, too.
  const foreign = facts.last("genuine", ({ verdict }) => verdict === "clone");
  if (foreign !== undefined && stated !== undefined) {
    return [
      conclusion("flash-size-wrong", {
        certainty: "certain",
        severity: "note",
        variant: "foreign",
        values,
        evidence: quotes(size, id, foreign),
        weight: 20,
      }),
    ];
  }
  const shut =
    facts.last("read-protection", ({ on }) => on) ??
    facts.last("flash-trouble", ({ operation, reason }) => operation === "read" || reason === "secure");
  const hidden = stated === undefined && shut !== undefined;
  return [
    conclusion("flash-size-wrong", {
      // A log's tool reads the register where the family has it that it was told; 0 is what a read that failed leaves, too.
      certainty:
        hidden || (size.source.from === "log" && (raw === 0 || chip === undefined || facts.has("chip-unidentified")))
          ? "likely"
          : "certain",
      values,
      evidence: quotes(size, id, hidden ? shut : undefined),
      ...(hidden && {
        remedyFirst: ["Look at read protection first: where it is on, some chips hide this register as well as flash."],
      }),
      weight: 60,
    }),
  ];
}

/** The size that the register states, in KiB; `undefined` where it is blank, absurd, or counts in a way of its own. */
function statedKib(chip: Chip | undefined, raw: number): number | undefined {
  const most = (chip?.maxFlashBytes ?? 0) / 1024;
  const unit = chip?.flashSizeRegister?.unit ?? "KiB";
  // L1 category 3 and 4 (RM0038, device electronic signature).
  if (unit === "code") return raw === 0 ? 384 : raw === 1 ? 256 : undefined;
  if (unit === "words-1") return ((raw & 0xffff) + 1) / 256;
  const kib = chip?.flashSizeRegister?.note?.includes("low 8 bits") === true ? raw & 0xff : raw & 0xffff;
  return kib === 0 || kib === 0xffff || (most > 0 && kib > 2 * most) ? undefined : kib;
}

function listed(sizes: readonly number[]): string {
  return sizes.length === 1 ? `${sizes[0]}` : `${sizes.slice(0, -1).join(", ")} and ${sizes.at(-1)}`;
}

export const imageTooLarge: Rule = {
  name: "image-too-large",
  why: "Addresses behind the end of flash hold nothing: writes there are lost or fault.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const size = facts.last("flash-size", ({ kib }) => kib > 0 && kib < 0x8000);
    const id = facts.last("device-id", ({ id }) => id !== 0);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const told = facts.last("flash-trouble", ({ reason }) => reason === "too-large");
    if (told !== undefined) {
      const fits = fitsOthers(facts, told, chip);
      if (fits !== undefined) return [fits];
      return [
        conclusion("image-too-large", {
          certainty: "likely",
          variant: "told",
          values: { size: size === undefined ? "" : `, ${size.value.kib} KiB,` },
          evidence: quotes(size, facts.last("image-file"), told),
          weight: 85,
          explains: ["flash-refused", "flash-protected", "not-enough-to-tell"],
        }),
      ];
    }
    // Without the chip's id an image at the usual place tells where flash begins.
    const part = facts.last("image-part", ({ address }) => address === 0x0800_0000);
    const base = chip?.flashBase ?? part?.value.address;
    if (size === undefined || base === undefined) return [];
    // What a tool has programmed behind the end and read back well is there all the same.
    if (id === undefined && facts.has("stage", ({ stage, reached }) => stage === "verified" && reached)) return [];
    const end = base + 1024 * size.value.kib;
    const over = facts
      .all(
        "image-part",
        (part) =>
          part.address >= base &&
          part.address < base + 0x0100_0000 &&
          part.address + (part.size ?? 0) > end &&
          // What no flash could hold is no program that is too large.
          !isSpan(part),
      )
      .at(-1);
    if (over === undefined) return [];
    // Of a whole file a part may have gone to external memory; where all went well nothing was too large.
    const well = facts.has("stage", isWritten);
    const elsewhere = facts.has("loader") || facts.has("loader-started") || facts.has("flash-trouble", isOfOtherMemory);
    if (over.value.whole === true && (well || elsewhere)) return [];
    // A size that is not made with this ID may be wrong in itself.
    const made = chip?.knownFlashSizesKib ?? [];
    const doubtful = made.length > 0 && !made.includes(size.value.kib);
    return [
      conclusion("image-too-large", {
        certainty: id === undefined || doubtful || over.value.whole === true ? "likely" : "certain",
        values: {
          end: hex(over.value.address + (over.value.size ?? 0), 8),
          flashEnd: hex(end, 8),
        },
        evidence: quotes(over, size),
        weight: 85,
        explains: ["flash-worn", "write-protected", "flash-differs", "image-outside-flash"],
      }),
    ];
  },
};

/** A part for which no memory of the chip was erased. */
function isOfOtherMemory({ unerased }: FactValues["flash-trouble"]): boolean {
  return unerased !== undefined;
}

/** An image that the tool calls too large, and that fits into the flash of the chips that have this device ID. */
function fitsOthers(facts: FactSet, told: Fact, chip: Chip | undefined): Conclusion | undefined {
  const stated = facts.last("flash-size", ({ kib }) => kib > 0 && kib < 0x8000)?.value.kib;
  const most = Math.min(chip?.maxFlashBytes ?? 0, stated === undefined ? Number.POSITIVE_INFINITY : 1024 * stated);
  const part = facts.all("image-part").findLast((each) => facts.before(each, told));
  if (part?.value.size === undefined || part.value.address !== chip?.flashBase || part.value.size > most)
    return undefined;
  return conclusion("image-outside-flash", {
    certainty: "likely",
    variant: "description",
    values: {
      size: Math.ceil(part.value.size / 1024),
      most: most / 1024,
      chip: chip === undefined ? "" : shortChipName(chip),
    },
    evidence: quotes(
      facts.last("device-id", ({ id }) => id !== 0),
      part,
      told,
    ),
    remedyFirst: [
      "Try another release of the tool, and another way to the chip: by SWD in place of the boot loader (or the other way round), whose description of the memory is another one.",
    ],
    weight: 85,
    explains: ["flash-refused", "flash-protected", "not-enough-to-tell", "image-too-large"],
  });
}
