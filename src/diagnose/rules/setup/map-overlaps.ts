import { type FactSet, quotes } from "../../fact-set.ts";
import type { Tool } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";

/** Servers whose map of the chip is their own, with nothing in it that a user declares. */
const withOwnMap: readonly Exclude<Tool, "other" | "system">[] = ["st-util", "st-link-gdbserver", "pyocd", "probe-rs"];

const remedies = [
  "See with `monitor flash banks` which two have the same addresses. Leave the line `flash bank` out that the board's file, or one of your own, has beside the target's file, which declares the chip's flash already; for a chip whose flash begins twice (ITCM, boot alias) take the target's file of a newer OpenOCD.",
  "Meanwhile: `hbreak` in place of `break`, and program with `monitor program FILE.elf verify` in place of `load`.",
];

/** A memory map that GDB does not take. */
export const mapOverlaps: Rule = {
  name: "map-overlaps",
  why: "GDB takes no map of which regions overlap (GDB's target.c, target_memory_map), and without one it knows no flash: it neither chooses hardware breakpoints by itself nor programs by vFlash packets (GDB manual, Memory Map Format). OpenOCD makes the map of the flash banks in its configuration.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const refused = facts.last("map-refused");
    if (refused === undefined) return [];
    const failed = facts
      .all("client-trouble", ({ what }) => what === "memory" || what === "load-failed")
      .find((each) => facts.before(refused, each));
    const shared = {
      // Nothing comes of it where neither a breakpoint nor a program goes into flash.
      ...(failed === undefined && { severity: "warning" as const }),
      weight: 84,
      explains: ["read-protected", "flash-refused", "gdb-server-gone", "not-enough-to-tell"],
    };
    const openocd = facts.last("tool", ({ name }) => name === "openocd");
    if (openocd !== undefined) {
      return [
        conclusion("config-unfit", {
          ...shared,
          certainty: "likely",
          variant: "overlap",
          evidence: quotes(openocd, refused, failed),
          remedyFirst: remedies,
        }),
      ];
    }
    const server = withOwnMap.find((tool) =>
      facts.facts.some(({ source }) => source.from === "log" && source.tool === tool),
    );
    if (server === undefined) return [];
    return [
      conclusion("tool-defect", {
        ...shared,
        certainty: "possible",
        values: {
          what: `The memory map that ${toolNames[server]} gave GDB has regions that overlap, and GDB throws such a map away whole: without one it takes flash for RAM`,
          better:
            "Take another release of the server, or look at what describes the chip to it (a CMSIS pack, a user's script or target file). Meanwhile `hbreak` in place of `break`, and program with the tool's own command in place of `load`.",
        },
        evidence: quotes(refused, failed),
      }),
    ];
  },
};
