/**
 * Records what real tools print at virtual boards with each fault, for `recorded.test.ts`: `npx tsx test/explain/recorder/record.ts
 * [SESSION[/FAULT]...]`. All of it takes some twenty minutes of the wall clock, since the tools wait for what does not come.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { faults } from "../../../src/sim/faults/table.ts";
import { UsbBench } from "../../stlink-org/bench.ts";
import { freePort } from "../../support/server-process.ts";
import { sessions } from "./sessions.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = fileURLToPath(new URL("../recorded/", import.meta.url));
const elf = "firmware/blinky/blinky.elf";
/** Nothing of them shows at a tool's USB: the host is held, and a loader is the business of ST's tools. */
const elsewhere = new Set(["probe-busy", "foreign-loader"]);

const wanted = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "record-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
process.chdir(root);
const image = join(scratch, "blinky.bin");
execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);

for (const session of sessions) {
  mkdirSync(`${folder}${session.name}`, { recursive: true });
  const there = faults.filter(({ boards }) => boards.includes(session.board));
  for (const fault of ["healthy", ...there.map(({ name }) => name)]) {
    if (elsewhere.has(fault) || session.not?.includes(fault)) continue;
    if (wanted.length > 0 && !wanted.includes(session.name) && !wanted.includes(`${session.name}/${fault}`)) continue;
    const free = faults.find(({ name }) => name === fault)?.refusesKeys?.includes("elf") !== true;
    const keys = [...(free ? [`elf=${elf}`] : []), ...(fault === "healthy" ? [] : [`fault=${fault}`])];
    const bench = await UsbBench.open(`sim:${session.board}?${keys.join("&")}`);
    // A program that takes something away has done so.
    await new Promise((resolve) => setTimeout(resolve, 600));
    const text = await session.run(bench, image, await freePort());
    await bench.close();
    const plain = text.replaceAll(image, "blinky.bin").replaceAll(root, "");
    writeFileSync(`${folder}${session.name}/${fault}.log`, plain);
    console.log(session.name, fault, plain.length);
  }
}
