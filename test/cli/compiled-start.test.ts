import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serverProgram } from "../support/server-process.ts";

let home: string;
let started: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "probity-start-"));
});
afterEach(() => {
  started?.kill("SIGKILL");
  started = undefined;
  rmSync(home, { recursive: true });
});

/** Where the program keeps its compiled code, by its environment. */
const environment = () => ({
  ...process.env,
  XDG_CACHE_HOME: home,
  LOCALAPPDATA: home,
  NODE_DISABLE_COMPILE_CACHE: "",
});
const kept = (): string[] =>
  readdirSync(home, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes(".code"))
    .map((name) => join(home, name));

/** What it prints for `--version`. */
function version(extra: Readonly<Record<string, string>> = {}): string {
  const env = { ...environment(), ...extra };
  return execFileSync(process.execPath, [serverProgram, "--version"], { env, encoding: "utf8", timeout: 30_000 });
}

/** Starts a server on a virtual board; resolves when it waits. */
async function serve(words: readonly string[] = []): Promise<ChildProcess> {
  const probe = ["--probe", "sim:bluepill?pace=fast"];
  started = spawn(process.execPath, [serverProgram, "-d", "-p", "0", ...probe, ...words], {
    env: environment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const output = started.stdout!;
  await new Promise<void>((resolve, reject) => {
    let text = "";
    output.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (text.includes("Waiting for debugger")) resolve();
    });
    output.once("end", () => reject(new Error(`the server ended:\n${text}`)));
  });
  return started;
}

const end = (server: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    server.once("close", () => resolve());
    server.kill(signal);
  });

test("what the first start compiled serves the next, which has nothing to keep", () => {
  const first = version();
  const [file, ...more] = kept();
  expect(more).toEqual([]);
  const { ino, mtimeMs } = statSync(file);
  expect(version()).toBe(first);
  expect(kept()).toEqual([file]);
  expect(statSync(file)).toMatchObject({ ino, mtimeMs });
});

test("code that is not whole, or not V8's, is made anew, and nobody notices", () => {
  const first = version();
  const [file] = kept();
  const good = readFileSync(file);
  const nonsense = Buffer.alloc(good.length, 0x55);
  good.copy(nonsense, nonsense.length - 8, nonsense.length - 8);
  for (const bad of [good.subarray(0, good.length - 100), nonsense]) {
    writeFileSync(file, bad);
    expect(version()).toBe(first);
    const { ino } = statSync(file);
    expect(readFileSync(file).equals(bad)).toBe(false);
    version();
    expect(statSync(file).ino).toBe(ino);
  }
});

test("without a place for it a start is as ever", () => {
  const nowhere = join(home, "file");
  writeFileSync(nowhere, "");
  const usual = version();
  expect(version({ XDG_CACHE_HOME: nowhere, LOCALAPPDATA: nowhere })).toBe(usual);
  expect(version({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(usual);
});

test("a server that is killed has kept it, too", async () => {
  const server = await serve();
  await expect.poll(kept, { timeout: 20_000, interval: 100 }).toHaveLength(1);
  await end(server, "SIGKILL");
});

test("what a server needs takes the place of what one word of an answer needed, and stays", async () => {
  version();
  const [file] = kept();
  const short = statSync(file);
  const server = await serve();
  await expect.poll(() => statSync(file).ino, { timeout: 20_000, interval: 100 }).not.toBe(short.ino);
  await end(server, "SIGKILL");
  const long = statSync(file);
  expect(long.size).toBeGreaterThan(1.1 * short.size);
  version();
  await end(await serve(), "SIGTERM");
  expect(statSync(file).ino).toBe(long.ino);
});

test("code that was compiled while the translator runs is taken back by the next start", async () => {
  await end(await serve(["--engine", "translator"]), "SIGTERM");
  const [file] = kept();
  const { ino } = statSync(file);
  await end(await serve(), "SIGTERM");
  expect(statSync(file).ino).toBe(ino);
});

test("a built file that is said to be read as Latin 1 has nothing that would be read otherwise", () => {
  const codings = ["cli.js", "verbs.js"].map((name) => {
    const bytes = readFileSync(join(dirname(serverProgram), name));
    const coding = /^\/\*\w+ (latin1|utf8)\*\/\(function/.exec(bytes.toString("latin1", 0, 80))?.[1];
    expect(coding === "latin1" && bytes.some((byte) => byte > 0x7f)).toBe(false);
    return coding;
  });
  expect(codings).not.toContain(undefined);
});
