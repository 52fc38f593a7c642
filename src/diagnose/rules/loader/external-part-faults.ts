import { type FactSet, quotes } from "../../fact-set.ts";
import { addressText } from "../../loader/words.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { externalBank } from "../flash/image-outside-flash.ts";
import { isExternalMemory } from "../memory-map.ts";

/** A part of the program that is for external memory, where its own access faulted after a load that nobody refused. */
export const externalPartFaults: Rule = {
  name: "external-part-faults-from-log",
  why: "BFAR holds the address of a data access that got a bus error (ARMv7-M B3.2.18). GDB writes what lies outside of the server's map of flash as if it were RAM (GDB manual, Memory Map Format), and memory behind a controller that is off takes nothing.",
  conclude(facts: FactSet) {
    const part = facts.last("image-part", ({ address }) => isExternalMemory(address));
    const fault = facts.last("register", ({ name, value }) => name === "BFAR" && isExternalMemory(value));
    if (part === undefined || fault === undefined || facts.has("loader") || facts.has("loader-started")) return [];
    const { address, size = 0 } = part.value;
    const within = fault.value.value >= address && fault.value.value < address + Math.max(size, 4);
    if (!within || !facts.before(part, fault)) return [];
    return [
      conclusion("image-outside-flash", {
        certainty: "likely",
        variant: "external",
        values: { address: addressText(address), bank: externalBank(address) },
        evidence: quotes(part, fault),
        weight: 92,
        explains: ["not-enough-to-tell", "firmware-faults", "unhandled-interrupt", "gdb-server-gone"],
      }),
    ];
  },
};
