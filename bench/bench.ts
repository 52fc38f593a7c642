/**
 * `npm run bench`: what things cost on the virtual probe (counts and modelled time, the same on every machine), beside
 * OpenOCD on the same kind of virtual probe; and how fast this machine is at what depends on it. `--only NAME` shows
 * the rows whose name has NAME in it, `--json FILE` writes them, `--keep` keeps the link's figures in `bench/results/`,
 * `--readme` puts the table of the engine into README.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { engineRows, engineTable } from "./engine/rows.ts";
import { idleRows } from "./idle.ts";
import { benchInterpreter } from "./interpreter.ts";
import { linkFigures } from "./link/jobs.ts";
import { figureLines, linkRows } from "./link/rows.ts";
import { benchExternal } from "./loaders.ts";
import { memoryRows } from "./memory.ts";
import type { Row } from "./row.ts";
import { startRows } from "./start.ts";

const words = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
};
const only = option("--only") ?? "";
const json = option("--json");

/** Groups of rows, by what their names begin with, so that a group that is not asked for is not run. */
const groups: readonly { readonly prefixes: readonly string[]; readonly run: (only: string) => Promise<Row[]> }[] = [
  { prefixes: ["load", "reload", "connect", "stepi", "next", "breakpoint", "read-64k", "watch"], run: linkRows },
  { prefixes: ["engine"], run: engineRows },
  { prefixes: ["interpreter"], run: benchInterpreter },
  { prefixes: ["start"], run: startRows },
  { prefixes: ["idle"], run: idleRows },
  { prefixes: ["memory"], run: memoryRows },
];

const rows: Row[] = [];
for (const { prefixes, run } of groups) {
  const wanted = prefixes.some((prefix) => only.startsWith(prefix) || prefix.startsWith(only));
  if (wanted) rows.push(...(await run(only)).filter(({ name }) => name.includes(only)));
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "Virtual ST-LINK V2-1 (V2J37M27) at 4 MHz, STM32F103C8. A transfer is one ST-LINK command with its data phase.\n",
);
const shown = (value: number): string => String(Number(value.toFixed(3)));
console.log("| row | ours | peer | times as good | spread | unit |");
console.log("|---|---|---|---|---|---|");
for (const { name, unit, ours, peer, peerName, ratio, spread } of rows) {
  const versus = peer === undefined ? "" : `${shown(peer)} (${peerName})`;
  console.log(
    `| ${name} | ${shown(ours)} | ${versus} | ${ratio === undefined ? "" : ratio.toFixed(1)} | ${(100 * spread).toFixed(0)} % | ${unit} |`,
  );
}
const table = engineTable(rows);
if (table !== "") console.log(`\n${table}`);
if (only === "" || only.startsWith("loader")) {
  console.log("\nLoaders: STM32F103ZE on the STM3210E-EVAL, NOR flash M29W128GL.");
  for (const { name, transfers, milliseconds, rate, who } of await benchExternal()) {
    console.log(
      `${name}  ${who}  ${transfers} transfers, ${milliseconds?.toFixed(2)} ms modelled${rate ? `, ${rate}` : ""}`,
    );
  }
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
if (words.includes("--keep")) {
  writeFileSync(new URL("results/link.txt", import.meta.url), figureLines(await linkFigures()));
}
if (words.includes("--readme") && table !== "") {
  const readme = new URL("../README.md", import.meta.url);
  const [start, end] = ["<!-- engine -->\n", "<!-- /engine -->"];
  const text = readFileSync(readme, "utf8");
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end);
  if (from < start.length || to < from) throw new Error("README.md has lost the marks around the table of the engine.");
  writeFileSync(readme, `${text.slice(0, from)}\n${table}\n${text.slice(to)}`);
}
