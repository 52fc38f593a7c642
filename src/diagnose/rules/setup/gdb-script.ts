import { quotes } from "../../fact-set.ts";
import type { Stage } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** What is reached through GDB, by commands of its file or typed in its place. */
const through: ReadonlySet<Stage> = new Set(["client-connected", "erased", "programmed", "verified", "running"]);

/** A .gdbinit that GDB left out. */
export const gdbScriptDeclined: Rule = {
  name: "gdb-script-declined",
  why: "GDB runs a folder's .gdbinit only within its auto-load safe-path (GDB's manual, Auto-loading safe path): the commands to connect and load that it holds do not take place, and GDB waits at its prompt.",
  conclude(facts) {
    const declined = facts.last("gdb-script-declined");
    if (declined === undefined) return [];
    const went = [
      facts.last("stage", ({ stage, reached }) => reached && through.has(stage)),
      facts.last("stop"),
      facts.last("image-part"),
      // A command that GDB has no target for was typed without having connected.
      facts.last("client-trouble", ({ what }) => what !== "unconnected"),
    ];
    // Whoever went on typed the commands, or had them elsewhere.
    if (went.some((each) => each !== undefined && facts.before(declined, each))) return [];
    return [
      conclusion("gdb-auto-load-declined", {
        certainty: "likely",
        values: { path: declined.value.path },
        evidence: quotes(declined, facts.last("client-trouble")),
        weight: 84,
        explains: ["not-enough-to-tell", "gdb-server-gone"],
      }),
    ];
  },
};
