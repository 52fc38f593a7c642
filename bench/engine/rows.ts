import { spawnSync } from "node:child_process";
import type { Row } from "../row.ts";
import { OurSide, qemuVersion, runQemu } from "./processes.ts";
import { buildProgram, type Program, programs } from "./programs.ts";

const PAIRS = 5;

/** The measures of a pair, by what stands behind the program's name in the row's; ms of ours and of the peer's. */
const measures = {
  // From the making of the board on; CPU time of the thread that does the work. QEMU's is that of the process, less
  // what it takes to start and end.
  ratio: "ms of CPU",
  // The same, with the threads that compile and collect garbage beside ours.
  "all-threads": "ms of CPU",
  wall: "ms",
  // Both as whole processes.
  "with-start": "ms of CPU",
  "wall-with-start": "ms",
} as const;

type Measure = keyof typeof measures;
type Pair = Readonly<Record<Measure, { readonly ours: number; readonly peer: number }>>;

/** Translated code against QEMU: rows `engine.NAME.ratio`, and the other measures beside it. `only` as bench.ts has it. */
export async function engineRows(only: string): Promise<Row[]> {
  const peerName = qemuVersion();
  if (peerName === undefined || spawnSync("arm-none-eabi-gcc", ["--version"]).status !== 0) {
    console.error("The rows named engine are left out: they need qemu-system-arm, arm-none-eabi-gcc and bash.");
    return [];
  }
  const ours = new OurSide();
  try {
    const empty = buildProgram({ name: "empty", turns: 1 }, 1);
    const warm = buildProgram({ name: "dhrystone", turns: 1 }, 20_000);
    await ours.build(warm.file);
    warm.drop();
    const wanted = programs.filter(
      ({ name }) => `engine.${name}`.startsWith(only) || only.startsWith(`engine.${name}`),
    );
    const rows = wanted.flatMap((program) => programRows(program, ours, empty.file, peerName));
    empty.drop();
    return rows;
  } finally {
    ours.drop();
  }
}

function programRows(program: Program, ours: OurSide, empty: string, peerName: string): Row[] {
  const { file, drop } = buildProgram(program, program.turns);
  const pairs: Pair[] = [];
  for (let pair = 0; pair < PAIRS; pair++) pairs.push(measure(program.name, file, empty, ours, pair % 2 === 1));
  drop();
  return (Object.keys(measures) as Measure[]).map((name) => {
    const ratios = pairs.map((pair) => pair[name].peer / pair[name].ours);
    const ratio = median(ratios);
    return {
      name: `engine.${program.name}.${name}`,
      unit: measures[name],
      ours: median(pairs.map((pair) => pair[name].ours)),
      peer: median(pairs.map((pair) => pair[name].peer)),
      peerName,
      ratio,
      spread: (Math.max(...ratios) - Math.min(...ratios)) / ratio,
    };
  });
}

function measure(name: string, file: string, empty: string, ours: OurSide, oursFirst: boolean): Pair {
  const first = oursFirst ? ours.run(file) : undefined;
  const start = runQemu(empty);
  const peer = runQemu(file);
  const { run, whole } = first ?? ours.run(file);
  if (run.printed !== peer.output) {
    throw new Error(`${name}: QEMU printed "${peer.output}", and the virtual board "${run.printed}".`);
  }
  return {
    ratio: { ours: run.main, peer: peer.cpu - start.cpu },
    "all-threads": { ours: run.cpu, peer: peer.cpu - start.cpu },
    wall: { ours: run.wall, peer: peer.wall - start.wall },
    "with-start": { ours: run.mainWithStart, peer: peer.cpu },
    "wall-with-start": { ours: whole.wall, peer: peer.wall },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1];
}

/** The same as a table with a line for each program: how many times as fast as the peer, and in brackets the spread. */
export function engineTable(rows: readonly Row[]): string {
  const lines: string[] = [];
  const columns = Object.keys(measures);
  for (const { name } of programs) {
    const found = columns.map((column) => rows.find((row) => row.name === `engine.${name}.${column}`));
    const [net] = found;
    if (net === undefined) continue;
    const cells = found.map((row) =>
      row?.ratio === undefined ? "" : `${row.ratio.toFixed(2)} (${(100 * row.spread).toFixed(0)} %)`,
    );
    lines.push(`| ${[name, net.peer?.toFixed(0), net.ours.toFixed(0), ...cells].join(" | ")} |\n`);
  }
  if (lines.length === 0) return "";
  const peer = rows.find(({ name }) => name.startsWith("engine."))?.peerName;
  const head = ["program", `${peer}, ms`, "Probity, ms", "times as fast", "all threads counted", "wall", "with start"];
  return `| ${[...head, "wall with start"].join(" | ")} |\n|${"---|".repeat(head.length + 1)}\n${lines.join("")}`;
}
