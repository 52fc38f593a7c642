import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { isLockupAddress, sameLine } from "../board/marks-in-logs.ts";
import { fileThatBegins } from "./file-head.ts";

/** Flash, peripherals and the system's region: no STM32 has RAM there (reference manuals, memory map). */
function isNeverRam(address: number): boolean {
  const top = address >>> 28;
  return (address >= 0x0800_0000 && address < 0x0a00_0000) || top === 4 || top === 5 || top >= 0xe;
}

/** The state after a reset: no flags, no exception; the T bit is the reset vector's last (ARMv7-M B1.5.5). */
function isAsAfterReset(xpsr: number | undefined): boolean {
  return xpsr === 0x0100_0000 || xpsr === 0;
}

/** What a tool printed together after a reset: GDB shows what it read before, when the server resets the chip behind its back. */
function registersAtReset(facts: FactSet) {
  const all = (name: string) => facts.all("core-register", (value) => value.name === name);
  const state = all("xpsr").findLast(({ value }) => isAsAfterReset(value.value));
  const besides = (name: string) => (state === undefined ? undefined : all(name).find((each) => sameLine(each, state)));
  return { sp: besides("sp") ?? all("sp").at(-1), pc: besides("pc") ?? all("pc").at(-1) };
}

/** A core whose registers are the first words of what is no vector table. */
export const stackAtReset: Rule = {
  name: "stack-at-reset-from-log",
  why: "Reset loads SP and PC from the first two words of the vector table (ARMv7-M B1.5.5): what a core has there at its first halt is what flash begins with.",
  conclude(facts: FactSet) {
    if (facts.has("vector-table") || facts.last("read-protection")?.value.on === true) return [];
    const { sp, pc } = registersAtReset(facts);
    if (sp?.source.from !== "log" || pc === undefined) return [];
    const written = facts.last("stage", ({ stage, reached }) => reached && stage === "programmed");
    const later = written !== undefined && facts.before(sp, written) ? written : undefined;
    const values = { sp: hex32(sp.value.value), reset: hex32(pc.value.value), at: "", lockup: "" };
    const explains = ["not-enough-to-tell", "firmware-faults", "core-lockup"];
    const head = fileThatBegins(sp.value.value, pc.value.value);
    if (head !== undefined) {
      return [
        conclusion("vector-table-empty", {
          // What lay there before may be written again by the same mistake.
          certainty: later === undefined ? "likely" : "possible",
          ...(later !== undefined && { severity: "warning" }),
          variant: "file",
          values: { ...values, file: head.file },
          evidence: quotes(sp, pc, later),
          remedyFirst: [head.remedy],
          weight: 78,
          explains: later === undefined ? explains : [],
        }),
      ];
    }
    const xpsr = facts.last("core-register", ({ name }) => name === "xpsr")?.value.value;
    if (later !== undefined || !isNeverRam(sp.value.value) || isLockupAddress(pc.value.value)) return [];
    if (!isAsAfterReset(xpsr) || facts.has("exception-active")) return [];
    return [
      conclusion("vector-table-empty", {
        certainty: "likely",
        variant: "stack",
        values,
        evidence: quotes(sp, pc),
        weight: 60,
        explains,
      }),
    ];
  },
};
