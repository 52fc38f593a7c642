import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Terminal } from "./terminal.ts";
import { runVerb } from "./verbs.ts";

const program = fileURLToPath(new URL("../../firmware/inspect/inspect.elf", import.meta.url));
const algorithm = fileURLToPath(new URL("../../firmware/loaders/flm/stm32f10x_64.FLM", import.meta.url));

async function run(...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const text = { out: "", error: "" };
  const terminal: Terminal = {
    out: (more) => {
      text.out += more;
    },
    error: (more) => {
      text.error += more;
    },
    errorIsTerminal: false,
    onStop: () => {},
    exit: () => {},
  };
  const status = await runVerb(words, terminal);
  return { status, ...text };
}

describe("a failure under --json is one JSON document, with the words on stderr", () => {
  it.each([
    ["boards", ["boards", "--json", "--nonsense"], "option-unknown"],
    ["probes", ["probes", "--json", "too", "many"], "argument-excess"],
    ["doctor, wrong probe", ["doctor", "--json", "--probe", "nonsense"], "probe-spec-invalid"],
    ["doctor, wrong number", ["doctor", "--json", "--frequency", "fast"], "option-value-invalid"],
    ["explain", ["explain", "--json", "/no/such/file"], "log-unreadable"],
    ["explain, nothing", ["explain", "--json"], "argument-missing"],
    ["flash, no such board", ["flash", program, "--json", "--probe", "sim:nothing"], "board-unknown"],
    ["flash, no such file", ["flash", "/no/such.elf", "--json"], "file-unreadable"],
    ["loader info", ["loader", "info", "/no/such.stldr", "--json"], "loader-not-found"],
    ["loader test", ["loader", "test", algorithm, "--json", "--probe", "sim:nothing"], "board-unknown"],
    ["no verb of that name", ["flesh", "--json"], "verb-unknown"],
    ["an option without its value", ["flash", program, "--json", "--probe"], "option-value-missing"],
  ])("%s", async (_, words, code) => {
    const { status, out, error } = await run(...words);
    expect(status).toBe(1);
    const document = JSON.parse(out);
    expect(Object.keys(document).sort()).toEqual(["error", "findings"]);
    expect(Object.keys(document.error).sort()).toEqual(["cause", "code", "facts", "remedy"]);
    expect(document.error.code).toBe(code);
    expect(document.error.remedy.length).toBeGreaterThan(0);
    expect(Array.isArray(document.findings)).toBe(true);
    expect(error).toMatch(new RegExp(`^Cause: +\\S[^]*\\[${code}\\]`));
    expect(error).toMatch(/^Remedy: /m);
  });

  it("has the findings of a target that failed", async () => {
    const { status, out, error } = await run(
      "flash",
      program,
      "--json",
      "--probe",
      "sim:bluepill?pace=fast&fault=rdp1",
    );
    expect(status).toBe(1);
    expect(JSON.parse(out).findings[0]).toMatchObject({ code: "read-protected", certainty: "certain" });
    expect(error).toMatch(/\[read-protected\]/);
  });

  it("leaves stdout empty without --json", async () => {
    const { status, out, error } = await run("flash", program, "--nonsense");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(/^Cause: +Unknown option '--nonsense'/);
  });
});

describe("a result under --json", () => {
  it("of flash says what was erased, programmed and verified", async () => {
    const { status, out } = await run("flash", program, "--json", "--verify", "--probe", "sim:bluepill?pace=fast");
    expect(status).toBe(0);
    const { memories, imageBytes, ...rest } = JSON.parse(out);
    expect(rest).toMatchObject({ verified: true, running: false, ram: [], findings: [] });
    expect(memories).toEqual([
      { memory: "internal flash", sectorsErased: 0, sectorsSkipped: 0, bytesProgrammed: imageBytes },
    ]);
  });

  it("of loader test has the steps and the findings", async () => {
    const { status, out } = await run("loader", "test", algorithm, "--json", "--probe", "sim:bluepill?pace=fast");
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ sector: { size: 1024 }, findings: [] });
  });
});

describe("words on the command line", () => {
  it.each([
    ["<file>", ["flash", ""], "argument-empty"],
    ["<file>", ["explain", ""], "argument-empty"],
    ["<folder>", ["doctor", ""], "argument-empty"],
    ["--probe", ["flash", program, "--probe", ""], "option-value-empty"],
    ["--loader", ["flash", program, "--loader", ""], "option-value-empty"],
    ["--extload", ["doctor", "--extload", ""], "option-value-empty"],
  ])("an empty %s is refused: %j", async (name, words, code) => {
    const { status, out, error } = await run(...words);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(`Cause:    ${name} is empty. [${code}]`);
  });

  it.each([
    ["flash", ["flash", program]],
    ["doctor", ["doctor"]],
  ])("%s tells the clock that is used where the probe has none so low", async (_, words) => {
    const { error } = await run(...words, "--frequency", "1", "--probe", "sim:bluepill?pace=fast");
    expect(error).toMatch(/lowest clock of this probe is 5 kHz/);
    const enough = await run(...words, "--frequency", "5", "--probe", "sim:bluepill?pace=fast");
    expect(enough.error).not.toMatch(/lowest clock/);
  });
});

it("tells a cause once, not as a warning first", async () => {
  const { error } = await run("flash", program, "--probe", "sim:bluepill?pace=fast&fault=rdp1");
  expect(error.match(/\[read-protected\]/g)).toHaveLength(1);
  expect(error).not.toMatch(/^Warning: /m);
});
