import { describe, expect, it } from "vitest";
import { diagnose } from "../../src/diagnose/diagnose.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../src/diagnose/facts.ts";
import { runDoctor } from "./bench-run.ts";

function read<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact {
  return fact(kind, value, { from: "target", what: kind }) as Fact;
}

const doctor = async (fault: string) => (await runDoctor(`sim:bluepill?pace=fast&fault=${fault}`)).findings;

describe("old firmware, which has one clock", () => {
  it.each(["long-wires", "swdio-open"])(
    "and %s: only that clock is spoken of, and it may be too fast",
    async (fault) => {
      const findings = await doctor(`old-probe-firmware,${fault}`);
      const open = findings.find(({ code }) => code === "wires-open");
      expect(open).toMatchObject({
        certainty: "possible",
        cause: expect.stringContaining("at 1800 kHz, the only clock"),
      });
      const fast = findings.find(({ code }) => code === "wire-clock-too-fast");
      expect(fast).toMatchObject({ certainty: "possible", cause: expect.stringContaining("1800 kHz") });
      expect(fast?.remedy[0]).toMatch(/^Update the probe's firmware/);
      expect(findings.flatMap(({ cause, evidence }) => [cause, ...evidence]).join()).not.toMatch(/any clock|950 kHz/);
    },
  );

  it("and noise: it may be the clock", async () => {
    const findings = await doctor("old-probe-firmware,noisy-wire");
    expect(findings.map(({ code, certainty }) => `${code}, ${certainty}`)).toEqual(
      expect.arrayContaining(["wire-noisy, likely", "wire-clock-too-fast, possible"]),
    );
  });
});

describe("what was read over disturbed wires is likely at most", () => {
  const certainties = (...facts: Fact[]) =>
    Object.fromEntries(diagnose(facts).map(({ code, certainty }) => [code, certainty]));
  const quality = (khz: number, errors: number) => read("wire-quality", { khz, accesses: 24, errors });
  const lockup = read("core", { state: "lockup" });

  it("a lockup", () => {
    expect(certainties(quality(4000, 0), lockup)["core-lockup"]).toBe("certain");
    expect(certainties(quality(4000, 3), lockup)["core-lockup"]).toBe("likely");
    const garbled = read("wire-answer", { answer: "error", khz: 4000 });
    expect(certainties(garbled, lockup)["core-lockup"]).toBe("likely");
  });

  it("unless the clock was lowered before, to one that is clean", () => {
    expect(certainties(quality(4000, 3), quality(950, 0), lockup)["core-lockup"]).toBe("certain");
    expect(certainties(quality(4000, 3), lockup, quality(950, 0))["core-lockup"]).toBe("likely");
    expect(certainties(quality(4000, 0), lockup, quality(4000, 3))["core-lockup"]).toBe("likely");
  });

  it("noise that lets nothing be measured is noise all the same", async () => {
    const [first] = await doctor("noisy-wire&noise-rate=100&noise-seed=1");
    expect(first).toMatchObject({ code: "wire-noisy", certainty: "likely" });
  });

  it("noise that lets one answer through, and nothing after it, is possible", async () => {
    const [first] = await doctor("noisy-wire&noise-rate=200&noise-seed=1");
    expect(first).toMatchObject({ code: "wire-noisy", certainty: "possible", cause: expect.stringContaining("once") });
  });

  it.each([5, 14])("and a program that silences the port is not told apart on them, seed %i", async (seed) => {
    const findings = await doctor(`noisy-wire,stop-mode&noise-rate=5000&noise-seed=${seed}`);
    expect(findings.filter(({ code, certainty }) => certainty === "certain" && code !== "wire-noisy")).toEqual([]);
    expect(findings[0].code).toBe("wire-noisy");
  });

  it("and beside few errors a port that went silent for good is told as well", async () => {
    const findings = await doctor("noisy-wire,swd-off&noise-rate=5000&noise-seed=1");
    expect(findings.map(({ code, certainty }) => `${code}, ${certainty}`)).toEqual(
      expect.arrayContaining(["wire-noisy, certain", "firmware-disables-swd, possible"]),
    );
    expect(findings.find(({ code }) => code === "firmware-disables-swd")?.cause).toMatch(/may switch SWD off/);
  });

  it("and what answers while VTref reads 0 V has power", async () => {
    const findings = await doctor("vtref-open,noisy-wire&noise-rate=5000&noise-seed=3");
    const codes = findings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["wire-noisy", "vtref-not-wired"]));
    expect(codes).not.toContain("target-no-power");
  });

  it.each([
    [12, 1],
    [20, 1],
    [20, 3],
    [30, 2],
  ])("noise that garbles some of the answers is no open wire: one bit in %i, seed %i", async (rate, seed) => {
    const [first] = await doctor(`noisy-wire&noise-rate=${rate}&noise-seed=${seed}`);
    expect(first).toMatchObject({ code: "wire-noisy", certainty: "likely" });
  });

  it("noise that lets nothing through at all is not left out", async () => {
    const [first] = await doctor("noisy-wire&noise-rate=4&noise-seed=3");
    expect(first).toMatchObject({ code: "wires-open", cause: expect.stringContaining("disturbed") });
  });
});

describe("when a program takes the debug port away", () => {
  it("silence without reset does not make the clock too fast of wires that are clean under reset", () => {
    const none = [4000, 950, 5].map((khz) => read("wire-answer", { answer: "none", manner: "attach", khz }));
    const codes = diagnose([
      ...none,
      read("wire-answer", { answer: "ok", manner: "under-reset", khz: 950 }),
      read("wire-quality", { khz: 950, accesses: 240, errors: 0 }),
      read("run-watched", { answered: true, milliseconds: 1500, clocksKept: false }),
    ]).map(({ code }) => code);
    expect(codes).not.toContain("wire-clock-too-fast");
  });

  it("write protection is read under reset", async () => {
    expect((await doctor("swd-off,write-protected")).map(({ code }) => code)).toContain("write-protected");
  });

  it("cause and evidence give one time", () => {
    const what = "the program was let run: the debug port went silent 227 to 331 ms later";
    const run = { answered: false, milliseconds: 227, until: 331, clocksKept: true };
    const [first] = diagnose([
      read("voltage", { volts: 3.3 }),
      read("wire-answer", { answer: "none", manner: "attach", khz: 5 }),
      read("wire-answer", { answer: "ok", manner: "under-reset", khz: 950 }),
      fact("run-watched", run, { from: "target", what }) as Fact,
    ]);
    expect(first).toMatchObject({ code: "firmware-disables-swd", evidence: expect.arrayContaining([what]) });
    expect(first.cause).toContain("227 to 331 ms");
  });
});
