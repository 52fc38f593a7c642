import { afterEach, describe, expect, it } from "vitest";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { openLink } from "../../src/session/open-link.ts";
import type { OpenedLink } from "../../src/session/opened-link.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import { FactRecorder } from "../../src/session/survey/fact-recorder.ts";
import { type ResetPolicy, surveyTarget } from "../../src/session/survey/survey.ts";

const dhcsr = 0xe000edf0;
const demcr = 0xe000edfc;
const dbgmcu = 0xe0042004;
const resetSeen = 1 << 25;
const debugEnable = 1 << 0;

let opened: OpenedLink | undefined;
afterEach(() => opened?.dispose());

async function bench(keys: string) {
  opened = await openLink(parseProbeSpec(`sim:bluepill?pace=fast&${keys}`));
  const probe = await openStlinkProbe(opened.link);
  const { clock } = opened;
  const survey = async (reset: ResetPolicy) => {
    const recorder = new FactRecorder();
    const found = await surveyTarget(recorder, probe, clock, { reset });
    const kinds = recorder.facts.map(({ kind }) => kind);
    return { recorder, found, kinds };
  };
  return { probe, clock, survey };
}

describe("a survey leaves the target as it found it", () => {
  const program = "elf=firmware/blinky/blinky.elf";

  it("neither resets nor stops a running one", async () => {
    const { probe, survey } = await bench(program);
    await probe.enterDebug("swd");
    const before = await probe.readWord(0, demcr);
    await probe.readWord(0, dhcsr);
    const { found } = await survey("if-silent");
    expect(found.core?.state).toMatch(/running|sleeping/);
    await probe.enterDebug("swd");
    expect(await probe.readWord(0, demcr)).toBe(before);
    const after = await probe.readWord(0, dhcsr);
    expect(after & (resetSeen | debugEnable)).toBe(0);
  });

  it("tests NRST only when told so", async () => {
    const { probe, survey } = await bench(program);
    expect((await survey("if-silent")).kinds).not.toContain("nrst-follows");
    const { recorder } = await survey("yes");
    expect(recorder.facts).toContainEqual(expect.objectContaining({ kind: "nrst-follows", value: { follows: true } }));
    await probe.close();
  });

  it("puts DBGMCU back and lets the program run after it was caught under reset", async () => {
    const { probe, clock, survey } = await bench("fault=stop-mode");
    expect((await survey("if-silent")).kinds).toContain("run-watched");
    // The program is in STOP mode again: nobody answers until NRST is low.
    await clock.sleep(20);
    await expect(probe.enterDebug("swd")).rejects.toMatchObject({ code: "swd-no-answer" });
    await probe.driveNrst("low");
    await probe.enterDebug("swd");
    await probe.driveNrst("low");
    expect(await probe.readWord(0, dbgmcu)).toBe(0);
  });

  it("does not touch NRST when it may not", async () => {
    const { recorder, kinds } = await (await bench("fault=swd-off")).survey("never");
    expect(kinds).not.toContain("run-watched");
    expect(recorder.facts.some(({ kind, value }) => kind === "wire-answer" && value.manner === "under-reset")).toBe(
      false,
    );
  });

  it("goes on where a core in a fault handler was halted for its stacked frame", async () => {
    const { probe, clock, survey } = await bench("fault=bus-fault");
    const { recorder } = await survey("yes");
    const frame = recorder.facts.find(({ kind }) => kind === "stacked-frame");
    expect(frame?.value).toMatchObject({ pc: expect.any(Number) });
    await clock.sleep(5);
    await probe.enterDebug("swd");
    expect((await probe.readWord(0, dhcsr)) & (1 << 17)).toBe(0);
  });
});

describe("what is measured", () => {
  it("finds the fastest clock that works, and says that it is clean", async () => {
    const { recorder } = await (await bench("fault=long-wires&wire-limit=300")).survey("never");
    const quality = recorder.facts.filter(({ kind }) => kind === "wire-quality").map(({ value }) => value);
    expect(quality).toEqual([{ khz: 240, accesses: 24, errors: 0 }]);
  });

  it("counts errors that the probe's repeats hide", async () => {
    const { recorder } = await (await bench("fault=noisy-wire&noise-rate=5000")).survey("never");
    const counted = recorder.facts.flatMap((each) => (each.kind === "wire-quality" ? [each.value] : []));
    expect(counted.length).toBeGreaterThan(1);
    expect(counted[0].errors).toBeGreaterThan(0);
    expect(counted[0].errors).toBeLessThan(24);
  });
});
