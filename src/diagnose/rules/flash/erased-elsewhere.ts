import type { Chip } from "../../../chips/chip.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { FLASH } from "../memory-map.ts";

/** Pages of 128 and 256 bytes, which tools erase and count by larger units. */
const countedOtherwise: ReadonlySet<string> = new Set(["STM32L0", "STM32L1"]);

interface Sector {
  readonly number: number;
  readonly size: number;
}

/** The sector at an address, by each way in which the chip may divide its flash; empty where that is not sure. */
function sectorsAt(chip: Chip, bytes: number, address: number): Sector[] {
  const layout = chip.flashLayout;
  if (layout === undefined || chip.flashBase !== FLASH || countedOtherwise.has(chip.family)) return [];
  // How a tool numbers a second bank's sectors is its own matter; and of a smaller part that bank begins earlier.
  if (address < FLASH || address >= FLASH + (layout.banks === 1 ? bytes : bytes / 2)) return [];
  if (layout.kind === "uniform") {
    // An option byte decides how large the pages are.
    if (layout.banks === 1 && layout.dualBank !== undefined) return [];
    return [{ number: Math.floor((address - FLASH) / layout.eraseSize), size: layout.eraseSize }];
  }
  const ways = [
    layout.sectors,
    ...(layout.dualBankAlternative === undefined ? [] : [layout.dualBankAlternative.sectorsPerBank]),
  ];
  return ways.flatMap((runs) => {
    let base = FLASH;
    let number = 0;
    for (const { eraseSize, count } of runs) {
      if (address < base + eraseSize * count) {
        return [{ number: number + Math.floor((address - base) / eraseSize), size: eraseSize }];
      }
      base += eraseSize * count;
      number += count;
    }
    return [];
  });
}

/** A tool that erases other sectors than those that it then writes. */
export const erasedElsewhere: Rule = {
  name: "flash-erased-elsewhere",
  why: "Which sector an address lies in follows from the chip's division of flash (reference manuals, FLASH). A tool takes that from its own description of the chip: where the first sector that it erases is not the image's first, that description is wrong, and what is written was not erased.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", (value) => chipByDeviceId(value.id) !== undefined);
    const erased = facts.last("sectors-erased", ({ segment }) => segment === 0);
    if (id === undefined || erased?.source.from !== "log") return [];
    const chip = chipByDeviceId(id.value.id);
    const part = facts.all("image-part").findLast((each) => facts.before(each, erased));
    const failed = facts
      .all("flash-trouble", ({ operation }) => operation === "program" || operation === "verify")
      .find((each) => facts.before(erased, each));
    if (chip === undefined || part === undefined || failed === undefined || failed.value.external === true) return [];
    const kib = facts.last("flash-size", (size) => size.kib > 0 && size.assumed !== true)?.value.kib;
    const bytes = kib === undefined ? (chip.maxFlashBytes ?? 0) : kib * 1024;
    const right = sectorsAt(chip, bytes, part.value.address);
    const { first, last } = erased.value;
    if (right.length === 0 || right.some(({ number }) => number === first)) return [];
    const [{ number, size }] = right;
    return [
      conclusion("flash-not-erased", {
        certainty: "likely",
        variant: "elsewhere",
        values: {
          place: "",
          sectors: first === last ? `sector ${first}` : `sectors ${first} to ${last}`,
          address: addressText(part.value.address),
          number,
          size: size / 1024,
          chip: shortChipName(chip),
        },
        evidence: quotes(id, part, erased, failed),
        remedyFirst: [
          "Use another release of the tool, or another tool (OpenOCD, st-flash, pyOCD): each has its own description of the chip.",
          `Until then erase the right sectors yourself (STM32CubeProgrammer: -e with the numbers from ${number} on, if it takes them rightly), or the whole chip, which takes along what else is in flash.`,
        ],
        weight: 84,
        explains: ["flash-refused", "flash-protected", "flash-worn", "flash-differs", "not-enough-to-tell"],
      }),
    ];
  },
};
