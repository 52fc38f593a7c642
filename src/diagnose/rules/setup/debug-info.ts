import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

const giveFile =
  'Give GDB the program: `arm-none-eabi-gdb FILE.elf`, or `file FILE.elf` before `load` (the .elf: a .hex or .bin has no symbols). In launch.json it is "executable", in STM32CubeIDE the C/C++ application of the debug configuration.';

/** GDB was asked for lines of source or names that the program's file does not have. */
export const debugInfoMissing: Rule = {
  name: "debug-info-missing",
  why: "Which line an instruction is of, and where a variable is, GDB has from the DWARF sections of the program's file (GDB manual, Compilation); names of functions from its symbol table. A compiler writes the first with -g alone, and strip or -s takes away both.",
  conclude(facts) {
    const missing = facts.last("debug-info-missing");
    if (missing === undefined) return [];
    const { what, path } = missing.value;
    return [
      conclusion("no-debug-info", {
        certainty: "likely",
        values: { file: path ?? facts.last("image-file")?.value.path ?? "the program's file" },
        evidence: quotes(facts.last("image-file"), missing),
        ...(what === "file" && { variant: "file", remedyFirst: [giveFile] }),
        weight: 50,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
