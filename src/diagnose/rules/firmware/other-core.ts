import { baseName } from "../../../base/paths.ts";
import { partName } from "../../../chips/part-name.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import { lacksArchitecture } from "../../loader/chips-for-loader.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Rust's names of what it compiles for, and Tag_CPU_arch of each (ABI for the Arm Architecture, build attributes). */
const targets: readonly (readonly [triple: RegExp, name: string, architecture: number])[] = [
  [/\bthumbv7m-none-eabi/i, "ARMv7-M (thumbv7m)", 10],
  [/\bthumbv7em-none-eabi/i, "ARMv7E-M (thumbv7em)", 13],
  [/\bthumbv8m\.base-none-eabi/i, "ARMv8-M Baseline (thumbv8m.base)", 16],
  [/\bthumbv8m\.main-none-eabi/i, "ARMv8-M Mainline (thumbv8m.main)", 17],
];

/** A program that a log's paths show to be compiled for another core than the chip that the tool was told. */
export const builtForOtherCore: Rule = {
  name: "built-for-other-core",
  why: "Cargo puts what it builds into a folder named for the architecture. An instruction that the core lacks is undefined: UsageFault, and HardFault on ARMv6-M (ARMv6-M B1.5.1; ARMv7-M A5.3).",
  conclude(facts: FactSet) {
    const program = facts.last("image-file", ({ path }) => targets.some(([triple]) => triple.test(path)));
    const named = facts.last("chip-name", ({ by }) => by === "option");
    const chips = named === undefined ? [] : (partName(named.value.name)?.chips ?? []);
    const target = targets.find(([triple]) => program !== undefined && triple.test(program.value.path));
    if (program === undefined || named === undefined || target === undefined || chips.length === 0) return [];
    const [, architecture, tag] = target;
    if (!chips.every(({ core }) => lacksArchitecture(core, tag))) return [];
    const fault = facts.last("exception-active") ?? facts.last("core", ({ state }) => state === "lockup");
    return [
      conclusion("elf-other-core", {
        certainty: "likely",
        // A program may never come to an instruction that its core has not.
        ...(fault === undefined && { severity: "warning" }),
        values: {
          program: baseName(program.value.path),
          architecture,
          core: chips[0].core.replace(/F$/, ""),
          chip: named.value.name,
        },
        evidence: quotes(program, named, fault),
        remedyFirst: [
          "Rust: set the target of this chip's core in .cargo/config.toml (thumbv6m-none-eabi for Cortex-M0 and M0+, thumbv7m for M3, thumbv7em for M4 and M7), and build anew.",
        ],
        weight: 75,
        explains: fault === undefined ? [] : ["firmware-faults", "core-lockup", "not-enough-to-tell"],
      }),
    ];
  },
};
