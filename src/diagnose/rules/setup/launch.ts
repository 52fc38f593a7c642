import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { gotThrough } from "./crashed.ts";

const recreate =
  "Delete the debug configuration and let the IDE make it anew (right click on the project > Debug As > STM32 C/C++ Application): it keeps paths, plug-ins and the chip's name of the IDE and workspace in which it was made.";

/** An IDE's own launch that came to nothing. */
export const launchUnfit: Rule = {
  name: "launch-unfit",
  why: "Eclipse checks a launch configuration before it starts a server or GDB: project, program and chip that it names. Users whose IDE gave no reason, or reasons about plug-ins, ended at a configuration of another workspace or release that was made anew.",
  conclude(facts) {
    const unfit = facts.last("launch-unfit");
    if (unfit === undefined || gotThrough(facts, unfit)) return [];
    const { what, name } = unfit.value;
    const project = what === "project";
    return [
      conclusion("launch-value-wrong", {
        certainty: project ? "likely" : "possible",
        values: {
          configuration: "What was launched",
          what: project
            ? `it names the project ${name ?? ""}, which is not in the workspace (renamed, closed, or another workspace)`
            : what === "none"
              ? "nothing is chosen that can be launched: no project, or none that was built"
              : "the IDE gives no reason; most often the debug configuration is of another release, workspace or chip than what runs now",
          correction: recreate,
        },
        evidence: quotes(unfit),
        ...(what === "none" && {
          remedyFirst: ["Choose the project in the Project Explorer, and build it without errors first."],
        }),
        weight: project ? 84 : 40,
        explains: ["not-enough-to-tell", ...(project ? ["gdb-server-gone", "file-missing"] : [])],
      }),
    ];
  },
};

/** A program that was not linked. */
export const linkOverflow: Rule = {
  name: "link-overflow",
  why: "The linker adds up what it places in each region of its script and stops at one that is too small: no program comes of it, and whatever an IDE loads then is an older one or none.",
  conclude(facts) {
    const all = facts.all("link-overflow");
    const last = all.at(-1);
    if (last === undefined) return [];
    const { region, bytes } = last.value;
    return [
      conclusion("program-does-not-fit", {
        certainty: "certain",
        values: { region, by: bytes === undefined ? "larger" : `${bytes} bytes larger` },
        evidence: quotes(...all.slice(0, 3)),
        weight: 88,
        explains: ["not-enough-to-tell", "file-missing", "program-missing"],
      }),
    ];
  },
};
