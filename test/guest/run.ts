// Runs real tools and Probity itself against the virtual ST-LINK on the USB of a real Linux kernel: `npm run test:guest`.
// Words are names of scenarios; none means all. `--verbose` prints all that the guest printed.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeInitrd } from "./initrd.ts";
import { getKernel } from "./kernel.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { cableScenario } from "./scenarios/cable.ts";
import { probityScenario } from "./scenarios/probity.ts";
import { productsScenario } from "./scenarios/products.ts";
import { toolsScenario } from "./scenarios/tools.ts";
import { usbVersionsScenario } from "./scenarios/usb-versions.ts";
import { whatIsMissing } from "./tools.ts";
import { getUdev } from "./udev.ts";

const scenarios: readonly Scenario[] = [toolsScenario, probityScenario, cableScenario, productsScenario];

/** Only when it is named: it measures, and needs a package that is not installed. */
const onRequest: readonly Scenario[] = [usbVersionsScenario];

const words = process.argv.slice(2);
const verbose = words.includes("--verbose");
const names = words.filter((word) => !word.startsWith("-"));
const known = [...scenarios, ...onRequest];
const chosen = names.length === 0 ? scenarios : known.filter(({ name }) => names.includes(name));
const say = (text: string): void => console.log(text);

// What it started ends with it; its files are removed here.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});

async function main(): Promise<number> {
  const unknown = names.filter((name) => !known.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(`No scenario is called ${unknown.join(", ")}; there are ${known.map((one) => one.name).join(", ")}.`);
    return 1;
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.error("The guest shares the files of this machine, which has to be Linux on x86-64.");
    return 1;
  }
  const missing = whatIsMissing();
  if (missing !== undefined) {
    console.error(`Tools are missing here. Install them with: ${missing}`);
    return 1;
  }
  const started = performance.now();
  const cache = fileURLToPath(new URL("cache", import.meta.url));
  const folder = join(cache, `run-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  // A copy: the guest must not have its files change under it. It lies in the project, where it finds the package `usb`.
  const built = join(folder, "program");
  cpSync(fileURLToPath(new URL("../../dist", import.meta.url)), built, { recursive: true });
  const kernel = getKernel(cache, say);
  const udevadm = getUdev(cache, say);
  const initrd = makeInitrd(kernel, folder);
  say(`Linux ${kernel.version} in QEMU, files of this machine.`);
  let failures = 0;
  let steps = 0;
  for (const scenario of chosen) {
    failures += await runScenario(scenario, {
      kernel,
      initrd,
      udevadm,
      folder,
      verbose,
      say,
      program: join(built, "probity.js"),
    });
    steps += scenario.steps.length;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(`\n${steps - failures} of ${steps} steps as they have to be, ${seconds} s.`);
  return failures === 0 ? 0 : 1;
}
