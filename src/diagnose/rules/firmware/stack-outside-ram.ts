import { hex32 } from "../../../base/bytes.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isLockupAddress } from "../board/marks-in-logs.ts";

/** RAM, behind whose end a stack begins at the earliest. */
const RAM = 0x2000_0000;

/** A program whose stack pointer lies behind the RAM of the chip it runs on. */
export const stackOutsideRam: Rule = {
  name: "stack-outside-ram-from-log",
  why: "Reset loads SP from the vector table (ARMv7-M B1.5.5), where the linker script has the end of the RAM that it was told of; the device ID tells how much there is (devices table). A push to where there is no memory is a bus fault.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const id = facts.last("device-id", ({ id }) => id !== 0);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const size = chip?.contiguousRamFrom20000000;
    if (chip === undefined || size === undefined) return [];
    // Of a group of chips the table has the largest; other RAM may follow with a gap.
    const ends = [RAM + size, ...chip.ram.filter(({ base }) => base >>> 28 === 2).map(({ base, size }) => base + size)];
    const end = Math.max(...ends);
    // The first that was seen is nearest to the one of the vector table.
    const sp =
      facts.first("core-register", ({ name, value }) => name === "sp" && value >>> 28 === 2 && value > end) ??
      facts.last("initial-stack", ({ value }) => value >>> 28 === 2 && value > end);
    if (sp?.source.from !== "log") return [];
    // A core that runs well shows that there is memory: the table's or the tool's word for the chip is wrong then.
    const faulted =
      facts.has("exception-active", ({ number }) => number >= 3 && number <= 6) ||
      facts.has("core", ({ state }) => state === "lockup") ||
      facts.has("core-register", ({ name, value }) => name === "pc" && isLockupAddress(value)) ||
      facts.has("stop", ({ pc }) => pc !== undefined && isLockupAddress(pc)) ||
      facts.has("client-trouble", ({ what, address }) => what === "memory" && address !== undefined && address > end);
    if (!faulted) return [];
    return [
      conclusion("elf-stack-outside-ram", {
        certainty: "likely",
        values: {
          program: facts.last("image-file")?.value.path ?? "the program",
          sp: hex32(sp.value.value),
          chip: chip.name,
          ramStart: hex32(RAM),
          ramEnd: hex32(end),
        },
        evidence: quotes(id, sp),
        weight: 74,
        explains: ["core-lockup", "vector-table-empty", "firmware-faults", "not-enough-to-tell"],
      }),
    ];
  },
};
