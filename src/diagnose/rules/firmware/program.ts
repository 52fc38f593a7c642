import { hex32 } from "../../../base/bytes.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { faultFlags } from "./fault-words.ts";

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
    return [
      conclusion("boot-not-from-flash", {
        certainty: "certain",
        values: { memory: memoryNames[boot.value.memory] },
        evidence: quotes(
          boot,
          facts.last("core-register", ({ name }) => name === "pc"),
        ),
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
      lockup: lockup === undefined ? "" : ", and it is in lockup",
    };
    const variant = inImage ? "image" : isErased && blank !== undefined ? "blank" : undefined;
    return [
      conclusion("vector-table-empty", {
        certainty: "certain",
        ...(variant === "blank" && { severity: "note" }),
        variant,
        values,
        evidence: quotes(table, blank, lockup),
        weight: 75,
        explains: ["core-lockup", "firmware-faults", "not-enough-to-tell"],
      }),
    ];
  },
};

/** SP word-aligned in RAM or just behind it, PC odd (Thumb) and in the code region or RAM (ARMv7-M B3.1). */
function isSane({ stackPointer, resetVector }: FactOf<"vector-table">["value"]): boolean {
  const inRam =
    (stackPointer >= 0x10000000 && stackPointer <= 0x10100000) ||
    stackPointer >>> 28 === 2 ||
    stackPointer >>> 29 === 3;
  const isCode = resetVector < 0x3000_0000 || (resetVector >= 0x6000_0000 && resetVector < 0xa000_0000);
  return inRam && stackPointer % 4 === 0 && (resetVector & 1) === 1 && isCode;
}

const handlers: Readonly<Record<number, string>> = {
  3: "HardFault",
  4: "MemManage fault",
  5: "BusFault",
  6: "UsageFault",
};

const faults: Rule = {
  name: "firmware-faults",
  why: "CFSR and HFSR keep the kind of fault until they are cleared or the chip is reset; VECTACTIVE in ICSR names the handler that runs (ARMv7-M B3.2.4, B3.2.15, B3.2.16).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const active = facts.last("exception-active", ({ number }) => number in handlers);
    const cfsr = facts.last("register", ({ name, value }) => name === "CFSR" && value !== 0);
    const hfsr = facts.last("register", ({ name, value }) => name === "HFSR" && value !== 0);
    const lockup = facts.last("core", ({ state }) => state === "lockup");
    const frame = facts.last("stacked-frame");
    const pc = facts.last("core-register", ({ name }) => name === "pc");
    const address = facts.last("register", ({ name }) => name === "BFAR" || name === "MMFAR");
    if (active === undefined && lockup === undefined && cfsr === undefined && hfsr === undefined) return [];
    const flags = faultFlags(cfsr?.value.value ?? 0, hfsr?.value.value ?? 0, address?.value.value);
    const evidence = quotes(active, lockup, cfsr, hfsr, address, frame, pc);
    const table = facts.last("vector-table");
    if (lockup !== undefined) {
      return [
        conclusion("core-lockup", {
          certainty: "certain",
          values: {
            flags,
            table: table !== undefined && isSane(table.value) ? " The vector table itself looks sane." : "",
          },
          evidence,
          weight: 70,
          explains: ["firmware-faults"],
        }),
      ];
    }
    if (active === undefined) {
      return [
        conclusion("firmware-faults", {
          certainty: "likely",
          severity: "warning",
          variant: "recorded",
          values: { flags },
          evidence,
          weight: 45,
        }),
      ];
    }
    const place = frame?.value.pc;
    return [
      conclusion("firmware-faults", {
        certainty: "certain",
        values: {
          exception: handlers[active.value.number],
          where: place === undefined ? "" : ` at ${hex32(place)}`,
          flags,
        },
        evidence,
        weight: 70,
      }),
    ];
  },
};

/** What runs, and how it fares. */
export const programRules: readonly Rule[] = [bootMemory, vectorTable, faults];
