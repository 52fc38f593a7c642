import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** A core that was reset and halted and stands at 0 with a stack pointer of 0, and flash that refuses. */
export const vectorsReadZero: Rule = {
  name: "vectors-read-zero-from-log",
  why: "Reset loads SP and PC from the first two words of flash (ARMv7-M B1.5.5). Erased ones give 0xFFFFFFFC and 0xFFFFFFFE, a program's its own: zeros are what is left when flash may not be read, as with read protection and a debugger there.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const refused = facts.last("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
    const counter = facts.last("core-register", ({ name }) => name === "pc");
    const stack = facts.last("core-register", ({ name }) => name === "sp");
    if (refused?.source.from !== "log" || counter?.value.value !== 0 || stack?.value.value !== 0) return [];
    if (facts.has("read-protection") || facts.has("flash-read")) return [];
    // Zeros stand for registers of a core that was never halted.
    const halted = facts.last("core", ({ state }) => state === "halted");
    const failed = facts.last("halt-failed");
    if (failed !== undefined && (halted === undefined || facts.before(halted, failed))) return [];
    return [
      conclusion("read-protected", {
        certainty: "likely",
        variant: "vectors",
        evidence: quotes(counter, refused),
        weight: 60,
        explains: ["flash-refused", "flash-protected", "not-enough-to-tell"],
      }),
    ];
  },
};

/** A tool that cannot read the start of flash of a chip that it has reached. */
export const flashUnreadable: Rule = {
  name: "flash-unreadable-from-log",
  why: "Read-protected flash answers a debugger's reads with a bus error (PM0075 3.1; RM0008 3.3.3); nothing else keeps the first pages of flash from being read, unless the chip was lost.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const fault =
      facts.last(
        "client-trouble",
        ({ what, address }) => what === "memory" && address !== undefined && address >>> 16 === 0x0800,
      ) ??
      facts.last(
        "flash-trouble",
        ({ operation, address }) => operation === "read" && address !== undefined && address >>> 16 === 0x0800,
      );
    if (fault === undefined || facts.has("read-protection") || facts.has("target-lost")) return [];
    if (facts.has("wire-answer", ({ answer }) => answer !== "ok")) return [];
    return [
      conclusion("read-protected", {
        // A tool that reads flash first thing has nothing else in its way.
        certainty: fault.kind === "flash-trouble" ? "likely" : "possible",
        values: { level: "" },
        evidence: quotes(facts.last("device-id"), fault),
        weight: 48,
        explains: ["not-enough-to-tell", "gdb-server-gone", "flash-refused"],
      }),
    ];
  },
};
