import { hex, hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import type { Certainty } from "../../finding.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { familyIn } from "../board/chip-mismatch.ts";

const readProtection: Rule = {
  name: "read-protected",
  why: "With RDP active and a debugger attached the flash answers every data access with a bus error and refuses to be programmed (PM0075 3.1; RM0008 3.3.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const read = facts.last("read-protection");
    const refused = facts.last("flash-trouble", ({ reason }) => reason === "secure");
    if (read?.value.on !== true) return [];
    const { level, inferred } = read.value;
    if (inferred === true && goneSince(facts, read)) return [];
    return [
      conclusion("read-protected", {
        certainty: inferred === true ? "likely" : sureness(facts, read),
        ...(inferred === true && { variant: "refused" }),
        ...(inferred === true && isByProgrammerOverUsb(facts, read) && { remedyFirst: [otherPort] }),
        values: { level: level === undefined || level === 0 ? "" : ` (level ${level})` },
        evidence: quotes(read, refused, facts.last("flash-trouble")),
        weight: 80,
        explains: [
          "write-protected",
          "flash-worn",
          "vector-table-empty",
          "core-lockup",
          "firmware-faults",
          "not-enough-to-tell",
        ],
      }),
    ];
  },
};

/** A later run met no boot loader: what the chip is like since then nobody has read. */
function goneSince(facts: FactSet, read: FactOf<"read-protection">): boolean {
  const none = facts.last("boot-loader", ({ answer }) => answer === "none");
  const run = facts.all("stage", ({ stage }) => stage === "started").find((each) => facts.before(read, each));
  return none !== undefined && run !== undefined && facts.before(run, none);
}

/** Said by STM32CubeProgrammer of a chip on USB. */
function isByProgrammerOverUsb(facts: FactSet, { source }: FactOf<"read-protection">): boolean {
  if (source.from !== "log" || source.tool !== "stm32cubeprogrammer") return false;
  return /^usb/i.test(facts.last("option", ({ name }) => name === "port")?.value.value ?? "");
}

const otherPort =
  "Before you remove it, which erases the flash, connect by another USB port of the computer (one behind a USB 2 hub) or with another release: over USB the programmer has told of protection where there was none.";

/**
 * How sure it is that what was read is an option register of a chip that has it there: a tool reads it where the family
 * that it was told has it; another maker's chip, or another family, has something else at that address.
 */
function sureness(facts: FactSet, read: FactOf<"read-protection"> | FactOf<"write-protection">): Certainty {
  if (read.source.from !== "log") return "certain";
  if (facts.has("genuine", ({ verdict }) => verdict === "clone")) return "possible";
  const id = facts.last("device-id", (value) => value.id !== 0);
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  const unread = facts.last("chip-unidentified");
  if (unread !== undefined) {
    // Another try, or another tool, that read which chip it is shows that the first one's trouble was to read.
    const readLater = chip !== undefined && id !== undefined && facts.before(unread, id) && facts.before(id, read);
    return readLater ? "likely" : "possible";
  }
  if (chip === undefined) return "likely";
  const told = facts.last("chip-name", ({ by, name }) => by !== "tool" && familyIn(name) !== undefined);
  const family = told === undefined ? undefined : familyIn(told.value.name);
  if (family === undefined) return "certain";
  return chip.family.startsWith(family) || family.startsWith(chip.family) ? "certain" : "possible";
}

const writeProtection: Rule = {
  name: "write-protected",
  why: "Each zero bit of FLASH_WRPR protects a group of pages; a write there sets WRPRTERR and changes nothing (RM0008 3.3.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const pages = facts.last("write-protection");
    const refused = facts.last("flash-trouble", ({ reason }) => reason === "protected");
    if (facts.last("read-protection")?.value.on === true) return [];
    const on = pages !== undefined && pages.value.pages.length > 0;
    if (refused !== undefined) {
      const at = refused.value.address;
      return [
        conclusion("write-protected", {
          certainty: refused.source.from === "log" ? "likely" : "certain",
          severity: "error",
          variant: "refused",
          values: { pages: at === undefined ? "" : ` at ${hex32(at)}` },
          evidence: quotes(refused, on ? pages : undefined),
          weight: 85,
          explains: ["flash-worn", "not-enough-to-tell", "supply-dips"],
        }),
      ];
    }
    const [trouble] = facts.all("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
    if (on) {
      return [
        conclusion("write-protected", {
          // Whether what a log's tool wanted to change lies in those pages, it does not tell.
          certainty: trouble !== undefined && pages.source.from === "log" ? "likely" : sureness(facts, pages),
          ...(trouble !== undefined && { severity: "error" }),
          values: { pages: pageWords(pages) },
          evidence: quotes(pages, trouble),
          weight: 50,
        }),
      ];
    }
    return [];
  },
};

function pageWords(fact: FactOf<"write-protection">): string {
  const { pages } = fact.value;
  const shown = pages.slice(0, 4).map((page) => (page >= 0x0100_0000 ? hex32(page) : String(page)));
  const what = pages[0] >= 0x0100_0000 ? "the flash pages from" : "the flash pages";
  return `${what} ${shown.join(", ")}${pages.length > shown.length ? ` and ${pages.length - shown.length} more` : ""}`;
}

const worn: Rule = {
  name: "flash-worn",
  why: "A page that was erased and accepted its programming reads back otherwise: the controller saw no protection and no wrong sequence, so the cells do not hold (data sheet: 10 000 cycles).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const trouble = facts.last(
      "flash-trouble",
      ({ operation, reason }) =>
        reason === "mismatch" && (operation === "program" || operation === "verify" || operation === "erase"),
    );
    if (trouble === undefined || facts.last("read-protection")?.value.on === true) return [];
    // Read back well later, it holds.
    const well = facts.last("stage", ({ stage, reached }) => stage === "verified" && reached);
    if (trouble.source.from === "log" && well !== undefined && facts.before(trouble, well)) return [];
    const { address, expected, found, operation } = trouble.value;
    const detail =
      expected !== undefined && found !== undefined
        ? `${hex(found)} is read where ${hex(expected)} was programmed`
        : found !== undefined
          ? `${hex(found)} is read there`
          : `${operation === "erase" ? "erasing" : operation === "verify" ? "verification" : "programming"} failed`;
    const evidence = quotes(trouble, facts.last("voltage"), facts.last("write-protection"));
    // A log's "data mismatch" has many causes: an image for other memory, code that writes, TrustZone.
    if (trouble.source.from === "log" || address === undefined) {
      return [
        conclusion("flash-worn", {
          certainty: "possible",
          variant: "possible",
          values: { detail },
          evidence,
          weight: 10,
        }),
      ];
    }
    const lowSupply =
      facts.has("voltage", ({ volts }) => volts < 2) || facts.has("power-lost") || facts.has("target-lost");
    return [
      conclusion("flash-worn", {
        certainty: lowSupply ? "possible" : "likely",
        variant: operation === "erase" ? "erase" : undefined,
        values: { address: hex32(address), detail },
        evidence,
        weight: 60,
      }),
    ];
  },
};

/** Protection and wear of the flash. */
export const protectionRules: readonly Rule[] = [readProtection, writeProtection, worn];
