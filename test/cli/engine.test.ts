import { afterEach, describe, expect, it } from "vitest";
import { engineVariable, takeEngineDefault } from "../../src/cli/engine-option.ts";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { probeSpecWithEngine } from "../../src/session/engine-of-spec.ts";
import { openSimulated, type SimSpec } from "../../src/session/open-simulated.ts";
import { CortexM3 } from "../../src/sim/cpu/cortex-m3.ts";
import { engineDefaults, setEngineDefaults } from "../../src/sim/cpu/default-engine.ts";
import { runServer } from "../support/server-process.ts";

const defaults = engineDefaults();
const inherited = process.env[engineVariable];
afterEach(() => {
  setEngineDefaults(defaults);
  if (inherited === undefined) delete process.env[engineVariable];
  else process.env[engineVariable] = inherited;
});

async function run(...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const result = { status: -1, out: "", error: "" };
  const terminal: Terminal = {
    out: (more) => {
      result.out += more;
    },
    error: (more) => {
      result.error += more;
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

/** What executes on the board that is opened so. */
function engineOf(probe: string, word?: string): string {
  const { board, dispose } = openSimulated(probeSpecWithEngine(probe, word) as SimSpec, undefined);
  try {
    if (!(board?.chip.cpu instanceof CortexM3)) throw new TypeError("a board has its core");
    return board.chip.cpu.engine;
  } finally {
    dispose();
  }
}

const boards = ["bluepill", "stm3210e-eval", "stm32469i-eval"];

describe("the engine of a virtual board", () => {
  it.each(boards)("sim:%s has the one after --engine, or after engine=, or the default", (board) => {
    for (const engine of ["interpreter", "translator", "check"] as const) {
      expect(engineOf(`sim:${board}`, engine)).toBe(engine);
      expect(engineOf(`sim:${board}?engine=${engine}`)).toBe(engine);
      expect(engineOf(`sim:${board}?engine=${engine}`, engine)).toBe(engine);
      setEngineDefaults({ engine });
      expect(engineOf(`sim:${board}`)).toBe(engine);
      expect(engineOf(`sim:${board}?engine=interpreter`)).toBe("interpreter");
    }
  });

  it(`has its default from ${engineVariable}`, () => {
    takeEngineDefault("check");
    expect(engineOf("sim:bluepill")).toBe("check");
    takeEngineDefault("");
    expect(engineOf("sim:bluepill")).toBe("check");
  });
});

describe("--engine", () => {
  const sim = ["--probe", "sim:bluepill?pace=fast"];
  it.each([
    ["info", ["info", ...sim]],
    ["doctor", ["doctor", "--json", ...sim]],
    ["probes", ["probes", ...sim]],
    ["read", ["read", "0x08000000", "16", ...sim]],
  ])("%s takes it", { timeout: 60_000 }, async (_, words) => {
    const plain = await run(...words, "--engine", "interpreter");
    for (const engine of ["translator", "check"]) expect(await run(...words, "--engine", engine)).toEqual(plain);
    const { status, error } = await run(...words, "--engine", "quick");
    expect(status).toBe(1);
    expect(error).toMatch(/--engine\s+"quick"\s+names\s+no\s+engine/);
    expect(error).toContain("[engine-invalid]");
  });

  it.each([
    ["share", ["share", "--port", "0", ...sim]],
    ["sim usb", ["sim", "usb", "--port", "0", ...sim]],
    ["reset", ["reset", ...sim]],
  ])("%s refuses an engine that is none", async (_, words) => {
    const { status, error } = await run(...words, "--engine", "quick");
    expect(status).toBe(1);
    expect(error).toContain("[engine-invalid]");
  });

  it.each(["usb", "tcp:localhost", "replay:session.rec"])("is refused with --probe %s", async (probe) => {
    const { status, error } = await run("info", "--probe", probe, "--engine", "check");
    expect(status).toBe(1);
    expect(error).toContain("[engine-invalid]");
    expect(error).toContain("probity boards");
  });

  it("is refused when engine= says something else", async () => {
    const { status, error } = await run("info", "--probe", "sim:bluepill?engine=translator", "--engine", "check");
    expect(status).toBe(1);
    expect(error).toMatch(/--engine\s+check\s+and\s+engine=translator/);
  });

  it("of the server: a virtual board only, with ST's words for a failed start", async () => {
    const { status, out, err } = await runServer(["-d", "--probe", "usb", "--engine", "check"]);
    expect(status).toBe(1);
    expect(out + err).toContain("[engine-invalid]");
  });

  it(`${engineVariable} with a wrong word is told`, async () => {
    process.env[engineVariable] = "quick";
    for (const words of [["boards"], ["gdbserver", "-q"]]) {
      const { status, error } = await run(...words);
      expect(status).toBe(1);
      expect(error).toContain(engineVariable);
    }
  });
});
