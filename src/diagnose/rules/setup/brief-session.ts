import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

const worked: ReadonlySet<string> = new Set(["erased", "programmed", "verified", "running"]);

/** Anything that is told of work between the debugger's coming and the server's end, or that has a rule of its own. */
function toldMore(facts: FactSet): boolean {
  return (
    facts.has("stage", ({ stage, reached }) => reached && worked.has(stage)) ||
    (["stop", "flash-trouble", "flash-read", "target-lost", "image-part", "probe-trouble"] as const).some((kind) =>
      facts.has(kind),
    )
  );
}

/** A debugger that came to ST's server, failed to load, and was gone at once. */
export const briefSession: Rule = {
  name: "brief-session-from-log",
  why: "ST's server tells of each download that it does (a block of STM32CubeProgrammer's). Where none is told of, `load` ended before flash was worked: GDB writes what lies outside of the flash that the server's memory map has first, as plain memory (target_write_memory_blocks), and a chip refuses that where it has no RAM, as external memory without a loader.",
  conclude(facts) {
    const came = facts.first("stage", ({ stage, reached }) => stage === "client-connected" && reached);
    if (came?.source.from !== "log" || came.source.tool !== "st-link-gdbserver" || toldMore(facts)) return [];
    const ended = facts.last("server-ended", ({ why }) => why !== "error");
    if (ended === undefined || !facts.before(came, ended)) return [];
    const failed = facts.last("client-trouble", ({ what }) => what === "load-failed");
    const loader = facts.last("loader");
    if (failed === undefined) return [];
    return [
      conclusion("image-outside-flash", {
        certainty: loader === undefined ? "likely" : "possible",
        variant: "unmapped",
        evidence: quotes(came, ended, failed, loader),
        remedyFirst: [
          `Look in GDB's console for the last \`Loading section ... lma\`, or ask \`arm-none-eabi-objdump -h FILE.elf\`: a section at 0x70000000 or 0x90000000 is for external memory and needs ${loader === undefined ? "an external loader in the debug configuration (Debugger tab > External loader), of which nothing is told here" : `the loader that is given (${loader.value.name}) to work: try it by itself in STM32CubeProgrammer`}.`,
        ],
        remedyLast: [
          "If all sections lie in flash: connect under reset, and explain the server's full log (-l 31 -v -f FILE).",
        ],
        weight: 52,
        explains: ["flash-refused", "gdb-server-gone", "not-enough-to-tell"],
      }),
    ];
  },
};
