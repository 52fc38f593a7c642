import { baseName } from "../../../base/paths.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { FLASH, isExternalMemory, isNowhere, isRam, isSpan } from "../memory-map.ts";

/** External memory by address: the controllers' banks of the STM32 families (reference manuals, memory maps). */
const banks: readonly (readonly [from: number, name: string])[] = [
  [0xd0000000, "SDRAM behind the FMC"],
  [0xc0000000, "SDRAM behind the FMC"],
  [0xa0000000, "a controller's registers"],
  [0x90000000, "serial flash behind QUADSPI, OCTOSPI1 or XSPI1"],
  [0x80000000, "NAND flash or SDRAM behind the FMC"],
  [0x70000000, "serial memory behind OCTOSPI2, XSPI2, or NAND flash"],
  [0x60000000, "NOR flash or RAM behind the FSMC or FMC"],
];

/** What stands at an address of external memory. */
export function externalBank(address: number): string {
  return banks.find(([from]) => address >= from)?.[1] ?? "";
}

/** Below it is what BOOT maps to address 0; flash through ITCM begins here on F7 (RM0385 2.2.2). */
const LOW_END = 0x0020_0000;

export const imageOutsideFlash: Rule = {
  name: "image-outside-flash",
  why: "What answers at an address is fixed by the memory map (ARMv7-M B3.1; reference manuals 2.2): RAM from 0x20000000, external memory from 0x60000000, flash from 0x08000000.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const told = facts.last("flash-trouble", ({ reason, operation }) => reason === "size" && operation !== "verify");
    const external = facts.all("image-part", ({ address }) => isExternal(address)).at(-1);
    const failed = facts.last("client-trouble", ({ what }) => what === "load-failed");
    const none = withoutFlash(facts);
    if (none.length > 0) return none;
    const span = facts.last("image-part", isSpan);
    if (span !== undefined && span.source.from === "log") {
      // The last byte is the one that lies elsewhere.
      return [of(span.value.address + (span.value.size ?? 0) - 1, told ?? span, span)];
    }
    if (told !== undefined) {
      return [unplaced(facts, told) ?? of(told.value.address ?? external?.value.address, told, external)];
    }
    const nowhere = facts.all("image-part", ({ address }) => isNowhere(address)).at(-1);
    const refused = facts.last("flash-trouble", ({ operation }) => operation === "program" || operation === "erase");
    if (nowhere !== undefined && refused?.source.from === "log" && facts.before(nowhere, refused))
      return [of(nowhere.value.address, refused, nowhere)];
    const low = facts.last(
      "flash-trouble",
      ({ operation, address }) => operation === "program" && address !== undefined && address < LOW_END,
    );
    if (low?.source.from === "log" && programsFlashAlone.has(low.source.tool ?? ""))
      return [of(low.value.address, low, undefined)];
    const keptBack = withBootLoader(facts);
    if (keptBack !== undefined) return [keptBack];
    const inRam = facts.last("flash-trouble", ({ operation, address = 0 }) => operation === "verify" && isRam(address));
    if (inRam !== undefined) return [of(inRam.value.address, inRam, undefined, ["flash-differs"])];
    const unerased = ofPartNotErased(facts);
    if (unerased !== undefined) return [unerased];
    const alone = withoutLoader(facts);
    if (alone !== undefined) return [alone];
    if (failed === undefined) return [];
    // GDB does not say at which section it failed; one for external memory is the first suspect, or one that was linked
    // for address 0, as without the linker script, where an STM32 has an alias of flash at best.
    const suspect = external ?? facts.first("image-part", ({ address }) => address < LOW_END);
    return suspect === undefined ? [] : [of(suspect.value.address, failed, suspect)];
  },
};

/** ST's programmers write external memory by way of a loader, and name it, or its work, where one was given. */
const namesLoader: ReadonlySet<string | undefined> = new Set([
  "stm32cubeprogrammer",
  "stm32cubeide",
  "st-link-gdbserver",
]);

/** What writes at the addresses that the file has, and looks for flash there. */
const programsFlashAlone: ReadonlySet<string> = new Set(["st-link-utility", "stm32cubeprogrammer"]);

/** STM32CubeProgrammer erases for each part that goes to flash inside the chip, and tells which sectors. */
function ofPartNotErased(facts: FactSet): Conclusion | undefined {
  const failed = facts.last(
    "flash-trouble",
    ({ unerased, address }) => unerased !== undefined && address === undefined,
  );
  const erased = facts.last("sectors-erased");
  if (failed === undefined) return undefined;
  return conclusion("image-outside-flash", {
    certainty: "likely",
    variant: "unerased",
    values: { address: "", segment: failed.value.unerased ?? 0 },
    evidence: quotes(erased, failed),
    weight: 84,
    explains: ["flash-refused", "flash-worn", "not-enough-to-tell"],
  });
}

/** A download to external memory that failed in a session in which no loader is spoken of. */
function withoutLoader(facts: FactSet): Conclusion | undefined {
  const refused = facts.first(
    "flash-trouble",
    ({ operation, reason }) => operation === "program" && reason === undefined,
  );
  if (refused?.source.from !== "log" || !namesLoader.has(refused.source.tool ?? "")) return undefined;
  if (facts.has("loader") || facts.has("loader-started") || facts.has("loader-init")) return undefined;
  const part = facts.all("image-part").findLast((each) => facts.before(each, refused));
  if (part === undefined || !isExternalMemory(part.value.address)) return undefined;
  return of(part.value.address, refused, part);
}

/** A write to RAM through ST's boot loader, which works in the start of it and takes nothing there (AN2606). */
function withBootLoader(facts: FactSet): Conclusion | undefined {
  const refused = facts.last("flash-trouble", ({ operation, address }) => operation === "program" && isRam(address));
  if (refused === undefined || !facts.has("option", ({ name }) => name === "boot-loader")) return undefined;
  return of(refused.value.address, refused, undefined, ["boot-loader-refuses"]);
}

/** Raw bytes that nobody said the place of. */
function unplaced(facts: FactSet, told: FactOf<"flash-trouble">): Conclusion | undefined {
  const file = facts.last("image-file");
  const { address } = told.value;
  if (file === undefined || told.source.from !== "log") return undefined;
  if (!/\.bin$/i.test(file.value.path) || address === undefined || address >= LOW_END) return undefined;
  return conclusion("image-outside-flash", {
    certainty: "likely",
    variant: "unplaced",
    values: { file: baseName(file.value.path), address: addressText(address) },
    evidence: quotes(file, told),
    weight: 90,
    explains: ["flash-refused", "flash-differs", "flash-worn", "image-too-large", "not-enough-to-tell"],
  });
}

function of(
  address: number | undefined,
  told: Fact,
  part: Fact | undefined,
  explains: readonly string[] = [],
): Conclusion {
  const base = {
    evidence: quotes(part, told),
    weight: 84,
    explains: ["flash-refused", "flash-worn", "not-enough-to-tell", "loader-init-failed", ...explains],
  };
  if (address === undefined) {
    return conclusion("image-outside-flash", {
      certainty: "likely",
      values: { address: "an address outside of flash" },
      ...base,
    });
  }
  const values = { address: addressText(address), bank: "" };
  if (isExternal(address)) {
    const bank = externalBank(address);
    return conclusion("image-outside-flash", {
      certainty: "likely",
      variant: "external",
      values: { ...values, bank },
      ...base,
    });
  }
  const variant = isRam(address)
    ? "ram"
    : address < FLASH
      ? isNowhere(address)
        ? "nowhere"
        : "zero"
      : address < 0x1000_0000
        ? "behind"
        : undefined;
  return conclusion("image-outside-flash", { certainty: "likely", variant, values, ...base });
}

/** Work at the place of internal flash on a chip that has none (STM32N6: RM0486, memory map). */
function withoutFlash(facts: FactSet): Conclusion[] {
  const id = facts.last("device-id", (value) => chipByDeviceId(value.id)?.maxFlashBytes === 0);
  const trouble = facts.last("flash-trouble");
  const part = facts.last("image-part", ({ address }) => address >>> 24 === 0x08 || address >>> 24 === 0x0c);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  if (chip === undefined || trouble === undefined || part === undefined) return [];
  return [
    conclusion("image-outside-flash", {
      certainty: "likely",
      variant: "none",
      values: { address: addressText(part.value.address), chip: shortChipName(chip) },
      evidence: quotes(id, part, trouble),
      weight: 84,
      explains: ["flash-refused", "flash-secured", "flash-worn", "second-core-off", "not-enough-to-tell"],
    }),
  ];
}

/** With the SDRAM banks of the FMC, and the controllers' registers between. */
function isExternal(address: number): boolean {
  return address >= 0x6000_0000 && address < 0xe000_0000;
}
