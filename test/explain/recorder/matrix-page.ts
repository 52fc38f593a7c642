import type { LogExplanation } from "../../../src/diagnose/logs/explain-log.ts";
import { sessions } from "./sessions.ts";

interface Recorded {
  readonly session: string;
  readonly fault: string;
  readonly explanation: LogExplanation;
}

const head = `# What other tools show of each fault

Each fault of the virtual boards ([virtual-boards.md](virtual-boards.md)) was met by real tools (OpenOCD 0.12.0, stlink-tools 1.7.0, pyOCD
0.13.1, gdb-multiarch 13.1), and \`probity explain\` read what they printed. A cell is its first finding; \`-\` says that it found nothing wrong,
as where a tool does not meet the fault (flash that is worn and not written), or gets over it (connect under reset and
a program that switches SWD off). Silence is the same whatever made it: there \`target-silent\` is all that a log can tell, and
\`probity doctor\` tells more ([diagnosis-matrix.md](diagnosis-matrix.md)). Nothing here was tried on hardware.

Written by \`test/explain/recorded.test.ts\` (UPDATE=1) from the recordings in \`test/explain/recorded\`, which
\`npx tsx test/explain/recorder/record.ts\` makes anew. pyOCD 0.13 knows one STM32F103 alone, and was run on the STM3210E-EVAL;
st-flash and st-util 1.7 print without end at a probe that is unplugged.
`;

/** The page: a row for each fault, a column for each session. */
export function explainMatrix(recorded: readonly Recorded[]): string {
  const names = sessions.map(({ name }) => name);
  const faults = [...new Set(recorded.map(({ fault }) => fault))].sort();
  const cell = (session: string, fault: string): string => {
    const found = recorded.find((each) => each.session === session && each.fault === fault);
    if (found === undefined) return "";
    const [first] = found.explanation.findings.filter(({ severity }) => severity !== "note");
    return first === undefined ? "-" : `${first.code} (${first.certainty})`;
  };
  const rows = faults.map((fault) => `| ${fault} | ${names.map((name) => cell(name, fault)).join(" | ")} |`);
  return [head, `| fault | ${names.join(" | ")} |`, `|---${"|---".repeat(names.length)}|`, ...rows, ""].join("\n");
}
