import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { ProbityError } from "../base/errors.ts";
import type { Terminal } from "./terminal.ts";
import { rulesGroup, rulesPath, udevRules } from "./udev-rules.ts";

/** What installing the rules needs of the system; tests put another in its place. */
export interface UdevSystem {
  readonly platform: string;
  /** Of the user; `undefined` where users have no numbers. */
  readonly userId: number | undefined;
  /** Text of a file; `undefined` when it can't be read. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** Runs a program to its end, and gives what it had to say; throws when it can't be started or fails. */
  run(program: string, words: readonly string[]): string | undefined;
}

const thisSystem: UdevSystem = {
  platform: process.platform,
  userId: process.getuid?.(),
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  write: (path, text) => writeFileSync(path, text, { mode: 0o644 }),
  run: (program, words) => {
    const { error, status, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 20_000 });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(stderr.trim() || `it ended with status ${status}`);
    return stderr;
  },
};

interface Options {
  readonly install?: boolean;
  readonly path?: string;
}

const reload = ["control", "--reload"] as const;
/** Rules apply to what is plugged in from now on; this makes them apply to the ST-LINKs that are there. */
const trigger = ["trigger", "--action=add", "--subsystem-match=usb", "--attr-match=idVendor=0483"] as const;

/** `probity udev`. */
export function addUdevVerb(program: Command, terminal: Terminal, system: UdevSystem = thisSystem): void {
  program
    .command("udev")
    .description("print the udev rules (Linux) that let ordinary users open ST-LINKs, or install them")
    .option("--install", `write them to ${rulesPath} and load them; needs root`)
    .option("--path <file>", "with --install: write them there, and load nothing")
    .action((options: Options) => udev(options, terminal, system));
}

function udev({ install, path }: Options, terminal: Terminal, system: UdevSystem): void {
  if (!install) {
    if (path !== undefined) {
      throw new ProbityError("option-conflict", "--path says where --install writes; alone it means nothing.", {
        remedy: ["Add --install, or send the output to the file: probity udev > FILE."],
      });
    }
    terminal.out(udevRules());
    return;
  }
  const file = path ?? rulesPath;
  if (path === undefined) demandRoot(system);
  const there = system.read(file);
  if (there === udevRules()) terminal.out(`${file} holds these rules already.\n`);
  else {
    write(system, file);
    terminal.out(`${there === undefined ? "Written" : "Replaced"}: ${file}\n`);
  }
  if (path !== undefined) {
    terminal.out(`They are not loaded: udev reads them in ${rulesPath.replace(/[^/]*$/, "")} alone.\n`);
    return;
  }
  const done = [reload, trigger].every((words) => runUdevadm(system, words, terminal));
  if (done) terminal.out("ST-LINKs that are plugged in can be opened now; if not, plug them in again.\n");
  const groups = system.read("/etc/group");
  if (groups !== undefined && !new RegExp(`^${rulesGroup}:`, "m").test(groups)) {
    terminal.error(
      `Note: there is no group ${rulesGroup} here. Who is logged in at the machine needs none; for users over SSH: ` +
        `groupadd ${rulesGroup}, then usermod -aG ${rulesGroup} USER.\n`,
    );
  }
}

function demandRoot({ platform, userId }: UdevSystem): void {
  if (platform !== "linux") {
    throw new ProbityError("udev-not-here", `udev is a part of Linux; this system (${platform}) has none.`, {
      facts: { platform },
      remedy: ["Windows: install ST's driver for the probe (STSW-LINK009). macOS needs nothing."],
    });
  }
  if (userId !== 0) {
    throw new ProbityError("udev-needs-root", `Only root may write ${rulesPath}.`, {
      facts: { user: userId ?? "unknown" },
      remedy: [
        'sudo "$(command -v probity)" udev --install',
        `Or without root's Node.js: probity udev | sudo tee ${rulesPath}, then sudo udevadm ${reload.join(" ")}.`,
      ],
    });
  }
}

function write(system: UdevSystem, path: string): void {
  try {
    system.write(path, udevRules());
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("file-unwritable", `The rules can't be written to ${path} (${code}).`, {
      facts: { path, system: code },
      remedy: [
        code === "ENOENT" ? "The folder is not there: install udev, or create it." : "Check the rights of that folder.",
      ],
      cause,
    });
  }
}

/** False when it was not done; what to do is said then. */
function runUdevadm(system: UdevSystem, words: readonly string[], terminal: Terminal): boolean {
  const line = `udevadm ${words.join(" ")}`;
  const why = whyNotRun(system, words);
  if (why === undefined) terminal.out(`Done: ${line}\n`);
  else terminal.error(`Not done: ${line} (${why}). The rules hold from the next start of udev on.\n`);
  return why === undefined;
}

function whyNotRun(system: UdevSystem, words: readonly string[]): string | undefined {
  try {
    // In a chroot udevadm does nothing, says so, and ends with success.
    const said = system.run("udevadm", words) ?? "";
    return /ignoring request/.test(said) ? said.trim() : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no udevadm here" : (error as Error).message;
  }
}
