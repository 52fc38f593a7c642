import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/diagnose/finding.ts";
import { boards } from "../../src/sim/boards/boards.ts";
import { faults } from "../../src/sim/faults/table.ts";
import { type BenchRun, runDoctor, runFlash, runServer } from "./bench-run.ts";
import { expected, pairs, type Step } from "./expected.ts";
import { matrixPage, type Row } from "./matrix-page.ts";

const page = new URL("../../docs/diagnosis-matrix.md", import.meta.url);
const rows: Row[] = [];
const inspect = "firmware/inspect/inspect.elf";
const demo = encodeURIComponent("firmware/blinky/blinky.elf");

/** The bench of a fault; a healthy program is in flash where the fault does not bring its own. */
function bench(board: string, names: readonly string[], keys = ""): string {
  const parts = ["pace=fast", `fault=${names.join(",")}`, keys].filter((part) => part !== "");
  const free = names.every((name) => faults.find((each) => each.name === name)?.refusesKeys?.includes("elf") !== true);
  if (free && board === "bluepill") parts.push(`elf=${demo}`);
  return `sim:${board}?${parts.join("&")}`;
}

function run(step: Step, spec: string): Promise<BenchRun> {
  switch (step) {
    case "doctor":
      return runDoctor(spec);
    case "doctor --reset":
      return runDoctor(spec, "--reset");
    case "gdbserver":
      return runServer(spec, ["-d"]);
    case "gdbserver -k":
      return runServer(spec, ["-d", "-k"]);
    case "load":
      return runFlash(spec, inspect);
    case "run":
      return runServer(spec, ["-d", "-g"], { output: /^(Cause|Warning):/m, seconds: 10 });
  }
}

/** The worst finding: an error before a warning before a note, in the order told. */
function top(findings: readonly Finding[]): Finding | undefined {
  for (const wanted of ["error", "warning", "note"] as const) {
    const found = findings.find(({ severity = "error" }) => severity === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function words(step: Step, finding: Finding | undefined): string {
  const code = finding === undefined ? "-" : `${finding.code} (${finding.certainty})`;
  return `${code}${step === "doctor" || step === "gdbserver" ? "" : `, by ${step}`}`;
}

describe("a healthy board", () => {
  it.each(Object.keys(boards))("%s has no error and no warning", async (board) => {
    const doctor = await runDoctor(`sim:${board}?pace=fast`, "--reset");
    expect(doctor.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    expect(doctor.status).toBe(0);
    const server = await runServer(`sim:${board}?pace=fast`, ["-d"]);
    expect(server.findings).toEqual([]);
    expect(server.out).not.toMatch(/Warning|Cause/);
  });

  it("with a program has nothing at all", async () => {
    const doctor = await runDoctor(`sim:bluepill?pace=fast&elf=${demo}`, "--reset");
    expect(doctor.findings).toEqual([]);
  });
});

describe("a fault alone", () => {
  const cases = faults.flatMap((fault) => fault.boards.map((board) => [fault.name, board] as const));

  it("has its expected finding", () => {
    expect(faults.map(({ name }) => name).filter((name) => !(name in expected))).toEqual([]);
  });

  it.each(cases)("%s on %s", { timeout: 60_000 }, async (name, board) => {
    const { doctor = "doctor", server = "gdbserver", keys, outOfReach, codeOn } = expected[name];
    const code = outOfReach?.[board] ?? codeOn?.[board] ?? expected[name].code;
    const seen = top((await run(doctor, bench(board, [name], keys?.doctor))).findings);
    const served = top((await run(server, bench(board, [name], keys?.server))).findings);
    rows.push({ faults: [name], board, doctor: words(doctor, seen), server: words(server, served) });
    expect(seen?.code).toBe(code);
    expect(served?.code).toBe(code);
  });
});

describe("two faults at once", () => {
  it.each(pairs)("%s and %s", { timeout: 60_000 }, async (one, other, first) => {
    const seen = top((await runDoctor(bench("bluepill", [one, other]))).findings);
    const served = top((await runServer(bench("bluepill", [one, other]), ["-d"])).findings);
    rows.push({
      faults: [one, other],
      board: "bluepill",
      doctor: words("doctor", seen),
      server: words("gdbserver", served),
    });
    expect(first).toContain(seen?.code);
    const causes = [one, other].map((name) => expected[name].code);
    // What shows only while a program runs is not there at the start.
    if (served !== undefined) expect(causes).toContain(served.code);
  });
});

afterAll(() => {
  const text = matrixPage(rows);
  console.log(text);
  if (process.env.UPDATE === "1") writeFileSync(page, text);
});

// Runs after all the others of this file.
it("is what docs/diagnosis-matrix.md says", () => {
  if (process.env.UPDATE === "1") return;
  expect(matrixPage(rows)).toBe(readFileSync(page, "utf8"));
});
