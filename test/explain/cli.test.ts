import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { healthy, scenarios } from "./scenarios.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-explain-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

async function run(...words: string[]): Promise<{ out: string; error: string; status: number }> {
  const result = { out: "", error: "", status: -1 };
  const terminal: Terminal = {
    out: (text) => {
      result.out += text;
    },
    error: (text) => {
      result.error += text;
    },
    errorIsTerminal: false,
    onStop: () => {},
    exit: (status) => {
      result.status = status;
    },
  };
  await main("probity", words, terminal);
  return result;
}

const loader = scenarios[0];

describe("probity explain", () => {
  it("says on one screen who spoke, how far it got, the cause, and what it is not", async () => {
    const { out, error, status } = await run("explain", file("loader.txt", loader.log(loader.session)));
    expect({ error, status }).toEqual({ error: "", status: 0 });
    expect(out).toContain("loader.txt: ST-LINK_gdbserver 5.3.2");
    expect(out).toMatch(/Session: .*V2J37S7, 3\.24 V, SWD, 4000 kHz, connect under reset/);
    expect(out).toMatch(/Reached: .*external loader/);
    expect(out).toMatch(/Cause: .*has no FSMC/);
    expect(out).toContain("[loader-needs-fsmc]");
    expect(out).toMatch(/Not: +power/);
    expect(out.split("\n").length).toBeLessThan(50);
    // A path is not broken.
    for (const line of out.split("\n")) if (!line.includes("\\")) expect(line.length).toBeLessThanOrEqual(118);
  });

  it("says what a file is that is no log, and takes logs in wide characters", async () => {
    const elf = join(folder, "a.elf");
    writeFileSync(elf, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, ...new Array(200).fill(0)]));
    const { error, status } = await run("explain", elf);
    expect(status).toBe(1);
    expect(error).toMatch(/a\.elf is an ELF program, not a log\. +\[not-a-log\]/);
    expect(error).toContain("probity loader");
    const wide = join(folder, "wide.txt");
    writeFileSync(wide, Buffer.from(`\ufeff${loader.log(loader.session).join("\r\n")}`, "utf16le"));
    const { out, status: good } = await run("explain", wide);
    expect(good).toBe(0);
    expect(out).toContain("[loader-needs-fsmc]");
  });

  it("gives the same to programs", async () => {
    const { out, status } = await run("explain", "--json", file("loader.json", loader.log(loader.session)));
    const parsed = JSON.parse(out);
    expect(status).toBe(0);
    expect(parsed).toMatchObject({
      tools: [{ name: "st-link-gdbserver", version: "5.3.2" }],
      session: { deviceId: 0x410 },
      failure: true,
    });
    expect(parsed.findings[0]).toMatchObject({ code: "loader-needs-fsmc", certainty: "likely" });
    expect(parsed.excluded.length).toBeGreaterThan(0);
  });

  it("says of a healthy session that no failure is seen", async () => {
    const [session] = healthy;
    const { out, status } = await run("explain", file("healthy.txt", session.log(session.session)));
    expect(status).toBe(0);
    expect(out).toContain("No failure is seen");
    expect(out).not.toContain("Cause:");
  });

  it("tells what is merely worth knowing after that", async () => {
    const [, , session] = healthy;
    const offered = "ST-LINK firmware update available. Upgrade the ST-LINK firmware using the upgrade tool.";
    const { out } = await run("explain", file("offered.txt", [...session.log(session.session), offered]));
    expect(out).toMatch(/No failure is seen[\s\S]*Also: .*firmware/);
    expect(out).not.toContain("Cause:");
  });

  it("says of text of no tool that it knows none, and ends with 1", async () => {
    const { out, status } = await run("explain", file("prose.txt", ["Dear all,", "nothing works."]));
    expect(status).toBe(1);
    expect(out).toMatch(/no tool was recognised in 2 lines/);
    expect(out).not.toContain("Cause:");
  });

  it("says why a file cannot be read", async () => {
    const missing = await run("explain", join(folder, "none.txt"));
    expect(missing.status).toBe(1);
    expect(missing.error).toMatch(/cannot be read: there is no such file.*\[log-unreadable\]/);
    expect((await run("explain", folder)).error).toMatch(/it is a folder/);
  });

  it("reads standard input", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const entry = `import { main } from ${JSON.stringify(`${root}src/cli/main.ts`)}; await main("probity", ["explain", "-"]);`;
    const path = join(folder, "entry.mts");
    writeFileSync(path, entry);
    const { stdout, status } = spawnSync(process.execPath, ["--import", "tsx", path], {
      cwd: root,
      input: loader.log(loader.session).join("\n"),
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(stdout).toContain("standard input: ST-LINK_gdbserver 5.3.2");
    expect(status).toBe(0);
  }, 90_000);
});
