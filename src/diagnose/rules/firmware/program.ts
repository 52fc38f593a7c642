import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { faults } from "./faults.ts";
import { fileThatBegins } from "./file-head.ts";
import { isSane } from "./vector-table.ts";

const memoryNames = {
  flash: "flash",
  system: "system memory (ST's boot loader)",
  sram: "SRAM",
  unknown: "other memory",
};

const bootMemory: Rule = {
  name: "boot-not-from-flash",
  why: "BOOT0 (and BOOT1) at reset choose what answers at address 0, where the core takes its stack pointer and reset vector from (RM0008 3.4).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const boot = facts.last("boot-memory", ({ memory }) => memory === "system" || memory === "sram");
    if (boot === undefined) return [];
    // Where the words at address 0 told nothing, the PC did.
    const told =
      facts.has("boot-memory", ({ memory }) => memory === "unknown") || facts.has("read-protection", ({ on }) => on);
    const pc = told ? facts.last("core-register", ({ name }) => name === "pc") : undefined;
    return [
      conclusion("boot-not-from-flash", {
        // Option bytes of a log say where a reset leads while the pin BOOT0 is at rest.
        certainty: boot.source.from === "log" ? "likely" : "certain",
        ...(pc !== undefined && { variant: "running" }),
        values: { memory: memoryNames[boot.value.memory], pc: pc === undefined ? "" : hex32(pc.value.value) },
        evidence: quotes(boot, pc),
        weight: 80,
        explains: ["vector-table-empty", "core-lockup", "firmware-faults"],
      }),
    ];
  },
};

const vectorTable: Rule = {
  name: "vector-table-empty",
  why: "Reset loads SP from word 0 and PC from word 1 of the vector table (ARMv7-M B1.5.5); an even or unmapped PC faults at once, and without a handler the fault locks the core up (B1.5.15).",
  conclude(facts: FactSet): readonly Conclusion[] {
    if (facts.last("read-protection")?.value.on === true) return [];
    const table = facts.last("vector-table");
    const lockup = facts.last("core", ({ state }) => state === "lockup");
    const blank = facts.last("flash-blank");
    if (table === undefined || isSane(table.value)) return [];
    const inImage = table.source.from === "project" || table.source.from === "option";
    const isErased = table.value.stackPointer === 0xffffffff && table.value.resetVector === 0xffffffff;
    const values = {
      at: hex32(table.value.at),
      sp: hex32(table.value.stackPointer),
      reset: hex32(table.value.resetVector),
      lockup: lockup === undefined ? "" : ", and the core is in lockup",
    };
    const head = fileThatBegins(table.value.stackPointer, table.value.resetVector);
    const variant =
      head !== undefined ? "file" : inImage ? "image" : isErased && blank !== undefined ? "blank" : undefined;
    return [
      conclusion("vector-table-empty", {
        certainty: "certain",
        ...(variant === "blank" && { severity: "note" }),
        variant,
        values: { ...values, file: head?.file ?? "" },
        evidence: quotes(table, blank, lockup),
        ...(head !== undefined && { remedyFirst: [head.remedy] }),
        weight: 75,
        explains: ["core-lockup", "firmware-faults", "not-enough-to-tell"],
      }),
    ];
  },
};

/** What runs, and how it fares. */
export const programRules: readonly Rule[] = [bootMemory, vectorTable, faults];
