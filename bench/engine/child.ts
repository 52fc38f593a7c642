// One run in a process of its own: the ELF file and the engine are its arguments, the run's figures its output.
import { readFileSync } from "node:fs";
import type { EngineName } from "../../src/sim/cpu/cpu.ts";
import { runOurs } from "./run-ours.ts";
import { mainThreadTime } from "./thread-time.ts";

const [file, engine] = process.argv.slice(2);
const run = runOurs(readFileSync(file), engine as EngineName);
console.log(JSON.stringify({ ...run, mainWithStart: mainThreadTime() }));
