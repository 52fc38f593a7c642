import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GuestConsole } from "./console.ts";
import { demoBinary } from "./demo-binary.ts";
import type { Kernel } from "./kernel.ts";
import { runMachine } from "./machine.ts";
import { complaints, type Outcome, type Scenario, type Step, seen } from "./scenario.ts";
import { findProgram } from "./tools.ts";
import { startProbe, type VirtualProbe } from "./virtual-probe.ts";

export interface ScenarioSettings {
  readonly kernel: Kernel;
  readonly initrd: { readonly file: string; readonly usb: readonly string[] };
  /** The built executable `probity.js`. */
  readonly program: string;
  /** Path of udev's program. */
  readonly udevadm: string;
  /** Where files for the guest may be made. */
  readonly folder: string;
  readonly verbose: boolean;
  say(text: string): void;
}

const project = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const here = dirname(fileURLToPath(import.meta.url));

/** Runs the scenario in a virtual machine of its own and says what was seen. Resolves to the number of steps that failed. */
export async function runScenario(scenario: Scenario, settings: ScenarioSettings): Promise<number> {
  const { say, verbose, kernel, initrd } = settings;
  const folder = join(settings.folder, scenario.name);
  const script = writeScripts(scenario, folder, settings);
  const probes: VirtualProbe[] = [];
  const passed = new Set<number>();
  say(`\n${scenario.name}: ${scenario.probes.map((one) => `probity sim usb ${one.join(" ")}`).join("; ")}`);
  const started = performance.now();
  const guest = new GuestConsole(
    {
      onBegin: (step) => {
        if (step === 0) say(`  booted (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      },
      onEnd: (number, outcome) => {
        if (report(scenario.steps[number], outcome, settings)) passed.add(number);
      },
      onCable: (probe, move) => probes[probe]?.cable(move),
    },
    () => performance.now(),
  );
  try {
    for (const words of scenario.probes) probes.push(await startProbe(settings.program, words));
    const inTime = await runMachine({
      image: kernel.image,
      initrd: initrd.file,
      script,
      ports: probes.map((probe) => probe.port),
      limit: 30 + scenario.steps.reduce((sum, step) => sum + (step.limit ?? defaultLimit), 0),
      log: join(folder, "qemu.log"),
      onLine: (line) => guest.line(line),
    });
    if (!inTime || passed.size < scenario.steps.length) {
      if (guest.rest !== "") say(indented(guest.rest));
      for (const [number, { lines }] of probes.entries())
        say(indented(`probe ${number} said: ${lines.slice(1).join(" | ")}`));
    } else if (verbose) say(indented(guest.rest));
  } finally {
    await Promise.all(probes.map((probe) => probe.stop()));
  }
  return scenario.steps.length - passed.size;
}

/** Seconds; generous, because a machine may have other things to do. */
const defaultLimit = 180;

function report(step: Step, outcome: Outcome, { say, verbose }: ScenarioSettings): boolean {
  const wrong = complaints(step, outcome);
  say(`  ${wrong.length === 0 ? "ok  " : "FAIL"} ${step.name} (${outcome.seconds.toFixed(1)} s)`);
  const lines = wrong.length > 0 || verbose ? outcome.output : seen(step, outcome.output).join("\n");
  if (lines !== "") say(indented(lines));
  for (const one of wrong) say(`       >> ${one}`);
  return wrong.length === 0;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "       | ");
}

/** Writes a script for each step, and the one that runs them; gives the path of that. */
function writeScripts({ steps }: Scenario, folder: string, { initrd, udevadm, program }: ScenarioSettings): string {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(here, "prelude.sh"), join(folder, "prelude.sh"));
  writeFileSync(join(folder, "blinky.bin"), demoBinary());
  writeFileSync(join(folder, "usb-modules"), initrd.usb.map((path) => `${path}\n`).join(""));
  for (const [number, { run }] of steps.entries()) {
    writeFileSync(join(folder, `step-${number}.sh`), `. "$GUEST_FOLDER/prelude.sh"\n${run}\n`);
  }
  const script = join(folder, "main.sh");
  writeFileSync(
    script,
    [
      `export GUEST_FOLDER='${folder}' UDEVADM='${udevadm}' PATH="${dirname(process.execPath)}:$PATH"`,
      // Folders of one user have to be open for the one without rights; in the guest alone.
      ...[program, process.execPath].flatMap((path) => parents(path).map((one) => `chmod a+rx '${one}'`)),
      `ln -sf '${program}' /usr/local/bin/probity`,
      `cd '${project}'`,
      ...steps.flatMap(({ limit = defaultLimit }, number) => [
        `echo; echo "@@begin ${number}"`,
        `timeout -k 5 ${limit} bash "$GUEST_FOLDER/step-${number}.sh" < /dev/null 2>&1`,
        `status=$?; echo; echo "@@end ${number} $status"`,
      ]),
      `'${findProgram("busybox")}' poweroff -f`,
      "",
    ].join("\n"),
  );
  return script;
}

/** The folders above a path, from the root down. */
function parents(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [...parents(above), above];
}
