import { hex32 } from "../../../base/bytes.ts";
import { baseName } from "../../../base/paths.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { isLockupAddress } from "../board/marks-in-logs.ts";
import { FLASH } from "../memory-map.ts";

/** A program that is linked behind a boot loader, and is not where that would start it, or has none to start it. */
export const imageLinkedBehind: Rule = {
  name: "image-linked-behind-boot-loader",
  why: "A linked program is bound to its addresses: the vector table's entries, constants and calls through pointers hold them. A raw image has no address with it, so that whoever writes it gives one. At reset the core starts with what lies at the start of flash (ARMv7-M B1.5.5).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const linked = facts.last("image-linked");
    if (linked === undefined || linked.value.offset === 0) return [];
    // A build comes before what is made of it; a linker script that somebody shows stands anywhere.
    const told = linked.value.path === undefined;
    const written = facts.all("stage", isWritten).findLast((each) => told || facts.before(linked, each));
    if (written === undefined) return [];
    const own = facts.all("image-raw").filter(({ value }) => sameProgram(linked.value.path, value.path));
    const raw = own.findLast((each) => (told || facts.before(linked, each)) && facts.before(each, written));
    const begin = FLASH + linked.value.offset;
    if (raw !== undefined) return raw.value.address === begin ? [] : [elsewhere(linked, raw, written, begin)];
    return nothingBefore(facts, linked, written, begin);
  },
};

/** A raw image has its name from the linked file that it was made of; another one is a boot loader's, or some other program. */
function sameProgram(linked: string | undefined, raw: string): boolean {
  const stem = (path: string): string => baseName(path).replace(/\.\w+$/, "");
  return linked === undefined || stem(linked) === stem(raw);
}

function elsewhere(
  linked: FactOf<"image-linked">,
  raw: FactOf<"image-raw">,
  written: FactOf<"stage">,
  begin: number,
): Conclusion {
  const file = baseName(raw.value.path);
  const at = hex32(raw.value.address);
  return conclusion("elf-starts-late", {
    certainty: "likely",
    severity: "error",
    variant: "elsewhere",
    values: {
      program: file,
      address: hex32(begin),
      start: at,
      over: raw.value.address === FLASH ? " Of a boot loader that was there, the beginning is overwritten." : "",
    },
    evidence: quotes(linked, raw, written),
    remedyFirst: [
      `Write ${file} at ${hex32(begin)}, or give the tool the .elf, which has its addresses in it (PlatformIO: board_upload.offset_address = ${hex32(begin)}).`,
      ...(raw.value.address === FLASH
        ? ["Program the boot loader at the start of flash again: the program alone does not start from there."]
        : []),
    ],
    weight: 84,
    explains: ["vector-table-empty", "core-lockup", "firmware-faults", "not-enough-to-tell"],
  });
}

/** The last reset before the program was written found erased words in place of a vector table, and nothing was put there. */
function nothingBefore(
  facts: FactSet,
  linked: FactOf<"image-linked">,
  written: FactOf<"stage">,
  begin: number,
): readonly Conclusion[] {
  const pc = facts.last("core-register", ({ name }) => name === "pc");
  const sp = facts.last("core-register", ({ name }) => name === "sp");
  if (pc === undefined || sp === undefined || !isLockupAddress(pc.value.value) || sp.value.value >>> 8 !== 0xffffff) {
    return [];
  }
  if (!facts.before(linked, pc) || facts.last("read-protection")?.value.on === true) return [];
  if (facts.all("image-part").some(({ value }) => value.address === FLASH)) return [];
  return [
    conclusion("vector-table-empty", {
      certainty: "likely",
      variant: "late",
      values: { image: hex32(begin), start: hex32(FLASH), at: "", sp: "", reset: "", lockup: "" },
      evidence: quotes(linked, pc, written),
      remedyFirst: [
        "Program the boot loader that the board's entry in the build reckons with; or build without the offset, if there is to be none (PlatformIO: `board_build.offset`, or a generic entry for this chip).",
      ],
      weight: 74,
      explains: ["core-lockup", "firmware-faults", "not-enough-to-tell"],
    }),
  ];
}
