import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";

/** A later run got through. */
export function gotThrough(facts: FactSet, each: Fact): boolean {
  return facts
    .all("stage", ({ stage, reached }) => reached && stage !== "started" && stage !== "probe-opened")
    .some((stage) => facts.before(each, stage));
}

/** A program of the computer's that crashed. */
export const programCrashed: Rule = {
  name: "program-crashed",
  why: "A program that checks what it is sent does not crash, whatever a probe or chip answers: the defect is in it or in a library of its own (libusb 1.0.25 made OpenOCD crash at each ST-LINK: libusb issue 928).",
  conclude(facts) {
    const crash = facts.last("program-crashed");
    if (crash === undefined) return [];
    const tool = facts.all("tool").findLast((each) => facts.before(each, crash));
    const named = crash.value.program ?? (tool === undefined ? undefined : toolNames[tool.value.name]);
    const opened = facts.all("probe-firmware").findLast((each) => facts.before(each, crash));
    return [
      conclusion("not-enough-to-tell", {
        certainty: "possible",
        variant: "crashed",
        values: {
          program: named ?? "A program of this computer",
          signal: crash.value.signal,
          when: opened === undefined ? ", before it told anything of a probe" : ", after it had opened the probe",
          next: `Update ${named ?? "the program"} and its libraries (macOS: \`brew upgrade open-ocd libusb hidapi\`; libusb 1.0.25 is known to crash with an ST-LINK), unplug the probe and plug it in again, and try with no other probe or hub attached. \`probity doctor\` shows whether the board is well.`,
        },
        evidence: quotes(tool, opened, crash),
        weight: 56,
      }),
    ];
  },
};

/** The program for the chip, started on the computer. */
export const imageLaunched: Rule = {
  name: "image-launched",
  why: "An ELF for an ARM core is no program of this system's: Windows refuses it with error 193 (ERROR_BAD_EXE_FORMAT), Linux with ENOEXEC. Nobody starts it there but a launch configuration for programs of the computer's.",
  conclude(facts) {
    const launched = facts.last("image-launched");
    if (launched === undefined || gotThrough(facts, launched)) return [];
    return [
      conclusion("launch-value-wrong", {
        certainty: "likely",
        values: {
          configuration: "What was launched",
          what: `it starts the program for the chip${launched.value.path === undefined ? "" : `, ${launched.value.path},`} as one of this computer's, in place of a debugger or an upload`,
          correction:
            "Make a debug configuration of the kind for the chip, and start that one: STM32CubeIDE, Run > Debug Configurations > STM32 C/C++ Application; Eclipse, GDB OpenOCD Debugging; VS Code, type cortex-debug in place of cppdbg. `C/C++ Application` and `Run as local` are for programs of the computer's.",
        },
        evidence: quotes(launched),
        weight: 88,
        explains: ["not-enough-to-tell", "versions-differ", "gdb-server-gone", "gdb-missing"],
      }),
    ];
  },
};
