/**
 * `npm run bench`: what things cost on the virtual probe (transfers and modelled time, the same on every machine) and how
 * fast the interpreter is on this one. With OpenOCD installed, its figures for the same jobs on the same virtual probe
 * stand beside ours.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { benchExternal } from "./external.ts";
import { benchInterpreter } from "./interpreter.ts";
import { benchLink } from "./link.ts";
import { benchOpenocd } from "./openocd.ts";
import type { Row } from "./row.ts";

const words = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
};
const only = option("--only");
const json = option("--json");

const rows: Row[] = [];
for (const bench of [benchLink, benchOpenocd, benchExternal, benchInterpreter]) {
  for (const row of await bench()) if (only === undefined || row.name.includes(only)) rows.push(row);
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  "Virtual ST-LINK V2-1 (V2J37M27) at 4 MHz, STM32F103C8, unless said. A transfer is one ST-LINK command with its data\n" +
    "phase. Loaders: STM32F103ZE on the STM3210E-EVAL, NOR flash M29W128GL.\n",
);
rows.sort((a, b) => rows.findIndex(({ name }) => name === a.name) - rows.findIndex(({ name }) => name === b.name));
const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, transfers, milliseconds, rate, who } of rows) {
  const cells = [
    transfers === undefined ? "" : `${transfers} transfers`,
    milliseconds === undefined ? "" : `${milliseconds.toFixed(2)} ms modelled`,
    rate ?? "",
  ].filter((cell) => cell !== "");
  console.log(`${name.padEnd(width)}  ${who.padEnd(22)}  ${cells.join(", ")}`);
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
