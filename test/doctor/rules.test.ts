import { describe, expect, it } from "vitest";
import { diagnose } from "../../src/diagnose/diagnose.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../src/diagnose/facts.ts";

/** A fact that was read from the target. */
function read<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact {
  return fact(kind, value, { from: "target", what: kind }) as Fact;
}

let line = 0;
/** A fact that a log tells. */
function logged<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact {
  return fact(kind, value, { from: "log", line: ++line, text: kind }) as Fact;
}

function found(...facts: readonly Fact[]): string[] {
  return diagnose(facts).map(({ code, certainty }) => `${code}, ${certainty}`);
}

const volts = (value: number): Fact => read("voltage", { volts: value });
const none = read("wire-answer", { answer: "none", manner: "attach", khz: 5 });
const noneUnderReset = read("wire-answer", { answer: "none", manner: "under-reset", khz: 100 });
const ok = read("wire-answer", { answer: "ok", manner: "attach", khz: 4000 });
const okUnderReset = read("wire-answer", { answer: "ok", manner: "under-reset", khz: 950 });

describe("power", () => {
  it("0 V and silence is no power, and 0 V with an answer a wire that is missing", () => {
    expect(found(volts(0), none)[0]).toBe("target-no-power, likely");
    expect(found(volts(0), ok, read("device-id", { id: 0x410 }))).toEqual(["vtref-not-wired, certain"]);
  });

  it("power that was there and is gone is certain", () => {
    const lost = read("target-lost", { during: "run" });
    expect(found(volts(3.3), ok, lost, volts(0))[0]).toBe("target-no-power, certain");
  });

  it("too little for the family that was read is certain, and only likely when nothing answers", () => {
    expect(found(volts(1.8), ok, read("device-id", { id: 0x410 }))).toEqual(["target-voltage-low, certain"]);
    expect(found(volts(1.8), ok, read("device-id", { id: 0x434 }))).toEqual([]);
    expect(found(volts(1.6), none)[0]).toBe("target-voltage-low, likely");
  });

  it("debug registers that were lost tell of a dip, whatever else failed for it", () => {
    const lost = read("power-lost", {});
    const trouble = read("flash-trouble", { operation: "program", reason: "mismatch", address: 0x08000000 });
    expect(found(volts(3.3), ok, trouble, lost)).toEqual(["supply-dips, certain"]);
  });
});

describe("silence with good power", () => {
  it("without a try under reset has several causes, none more than possible", () => {
    const all = found(volts(3.3), none);
    expect(all).toContain("wires-open, possible");
    expect(all).toContain("firmware-disables-swd, possible");
    expect(all.some((each) => /likely|certain/.test(each))).toBe(false);
  });

  it("under reset as well is most likely a wire, and never certain", () => {
    const [first, ...rest] = found(volts(3.3), none, noneUnderReset);
    expect(first).toBe("wires-open, likely");
    expect(rest.some((each) => /certain/.test(each))).toBe(false);
  });

  it("that reset ends is the program's doing; which, the watched runs tell", () => {
    const base = [volts(3.3), none, okUnderReset];
    expect(found(...base)[0]).toBe("firmware-disables-swd, likely");
    const free = read("run-watched", { answered: false, milliseconds: 3, clocksKept: false });
    const kept = (answered: boolean): Fact => read("run-watched", { answered, milliseconds: 3, clocksKept: true });
    expect(found(...base, free, kept(false))).toEqual(["firmware-disables-swd, certain"]);
    expect(found(...base, free, kept(true))).toEqual(["firmware-low-power, certain"]);
  });

  it("is not certain on leads that garble answers, nor when two runs went silent at quite different times", () => {
    const silent = (milliseconds: number, clocksKept: boolean): Fact =>
      read("run-watched", { answered: false, milliseconds, clocksKept });
    const sure = (...facts: Fact[]): string[] => found(...facts).filter((each) => /^firmware.*certain/.test(each));
    const base = [volts(3.3), none, okUnderReset];
    expect(sure(...base, silent(3, false), silent(3, true))).toHaveLength(1);
    const garbled = read("wire-answer", { answer: "error", manner: "attach", khz: 950 });
    expect(sure(...base, garbled, silent(3, false), silent(3, true))).toEqual([]);
    const noisy = read("wire-quality", { khz: 950, accesses: 24, errors: 2 });
    expect(sure(...base, noisy, silent(3, false), silent(3, true))).toEqual([]);
    expect(sure(...base, silent(535, false), silent(6, true))).toEqual([]);
  });
});

describe("the wires", () => {
  const quality = (khz: number, errors: number): Fact => read("wire-quality", { khz, accesses: 24, errors });

  it("that are clean at a lower clock are too slow for the higher one", () => {
    const fast = read("wire-answer", { answer: "none", manner: "attach", khz: 4000 });
    const slow = read("wire-answer", { answer: "ok", manner: "attach", khz: 950 });
    expect(found(volts(3.3), fast, slow, quality(950, 0))).toEqual(["wire-clock-too-fast, certain"]);
  });

  it("that are clean nowhere are disturbed", () => {
    expect(found(volts(3.3), ok, quality(4000, 3), quality(100, 2))).toEqual(["wire-noisy, certain"]);
    expect(found(volts(3.3), ok, quality(4000, 3))).toEqual(["wire-noisy, likely"]);
  });

  it("in a log alone are never certain", () => {
    const garbled = logged("wire-answer", { answer: "error" });
    expect(found(logged("wire-clock", { khz: 4000 }), garbled).every((each) => /possible/.test(each))).toBe(true);
  });
});

describe("a log knows less than a look", () => {
  it("a target lost when its program ran is likely the program's doing", () => {
    const all = found(
      logged("voltage", { volts: 3.26 }),
      logged("device-id", { id: 0x410 }),
      logged("stage", { stage: "verified", reached: true }),
      logged("target-lost", { during: "run" }),
    );
    expect(all[0]).toBe("firmware-disables-swd, likely");
    expect(all).not.toContain("firmware-disables-swd, certain");
  });

  it("a mismatch is only a possible sign of wear", () => {
    const mismatch = logged("flash-trouble", { operation: "verify", reason: "mismatch", address: 0x08000000 });
    expect(found(mismatch).filter((each) => each.startsWith("flash-worn"))).not.toContain("flash-worn, likely");
  });

  it("trouble with the probe stands before everything that is said of the target", () => {
    const all = found(logged("probe-trouble", { what: "none-found" }), logged("wire-answer", { answer: "none" }));
    expect(all).toEqual(["probe-none, likely"]);
  });

  it("trouble that was overcome is none", () => {
    const facts = [
      logged("probe-trouble", { what: "busy" }),
      logged("probe-firmware", { text: "V2J37S7", generation: 2, stlink: 37 }),
      logged("device-id", { id: 0x410 }),
    ];
    expect(found(...facts)).toEqual([]);
  });
});

describe("the program", () => {
  const core = (state: FactValues["core"]["state"]): Fact => read("core", { state });
  const table = (stackPointer: number, resetVector: number): Fact =>
    read("vector-table", { at: 0x08000000, stackPointer, resetVector });

  it("that is not there is a note, and explains the lockup", () => {
    const blank = read("flash-blank", { at: 0x08000000, bytes: 1024 });
    const all = diagnose([ok, core("lockup"), table(0xffffffff, 0xffffffff), blank]);
    expect(all).toMatchObject([{ code: "vector-table-empty", severity: "note" }]);
  });

  it("whose vector table is damaged is an error", () => {
    const [first] = diagnose([ok, core("lockup"), table(0x20005000, 0x08000100)]);
    expect(first).toMatchObject({ code: "vector-table-empty", certainty: "certain" });
    expect(first.severity).toBeUndefined();
  });

  it("that faults is named with handler, flags and address", () => {
    const facts = [
      core("running"),
      read("exception-active", { number: 3 }),
      read("register", { name: "CFSR", value: 0x8200 }),
      read("register", { name: "HFSR", value: 0x40000000 }),
      read("register", { name: "BFAR", value: 0x2f000004 }),
    ];
    expect(diagnose([ok, ...facts])[0].cause).toMatch(/HardFault.*PRECISERR.*0x2f000004/);
  });

  it("held in reset is not judged for anything that it does not do", () => {
    expect(found(ok, core("in-reset"), read("nrst-follows", { follows: false }))).toEqual(["nrst-held-low, certain"]);
  });

  it("a watchdog's flag alone is a note, with one reset a warning, with more an error", () => {
    const flags = read("reset-flags", { flags: ["IWDGRSTF", "PINRSTF"] });
    expect(diagnose([ok, flags])).toMatchObject([{ code: "watchdog-resets", severity: "note" }]);
    const once = read("resets-seen", { count: 1, milliseconds: 3000 });
    expect(diagnose([ok, flags, once])).toMatchObject([{ code: "watchdog-resets", severity: "warning" }]);
    const resets = read("resets-seen", { count: 5, milliseconds: 2000 });
    expect(diagnose([ok, flags, resets])).toMatchObject([{ code: "watchdog-resets", certainty: "certain" }]);
    expect(found(ok, resets)).toEqual(["resets-again-and-again, certain"]);
  });
});
