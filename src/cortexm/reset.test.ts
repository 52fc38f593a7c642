import { describe, expect, it } from "vitest";
import { FakePort, fakeClock } from "../../test/host/fake-port.ts";
import { ProbityError } from "../base/errors.ts";
import { demcr, dhcsr, scs } from "./debug-registers.ts";
import { type CoreNotice, resetCore } from "./reset.ts";

const normal = demcr.traceEnable | demcr.hardFault;

/** Debug registers of a core on which the given ways of resetting work. */
function core(works: { nrst?: boolean; system?: boolean; vector?: boolean; catches?: boolean; slow?: number }) {
  const port = new FakePort({ [scs.dhcsr]: 0, [scs.demcr]: 0, [scs.aircr]: 0 });
  const log: string[] = [];
  let reads = 0;
  const reset = (): void => {
    reads = works.slow ?? 1;
    const caught = ((port.memory.get(scs.demcr) ?? 0) & demcr.coreReset) !== 0 && works.catches !== false;
    port.memory.set(scs.dhcsr, caught ? dhcsr.halted : 0);
  };
  let resetSeen = 0;
  port.onRead = (address) => {
    if (address !== scs.dhcsr) return;
    const value = (port.memory.get(scs.dhcsr) ?? 0) & ~dhcsr.resetSeen;
    resetSeen = reads-- > 0 ? dhcsr.resetSeen : 0;
    port.memory.set(scs.dhcsr, value | resetSeen);
  };
  port.onWrite = (address, value) => {
    if (address === scs.dhcsr) port.memory.set(scs.dhcsr, (value & dhcsr.halt) !== 0 ? dhcsr.halted : 0);
    if (address !== scs.aircr) return;
    log.push((value & 1) !== 0 ? "VECTRESET" : "SYSRESETREQ");
    if ((value & 1) !== 0 ? works.vector : works.system) reset();
  };
  const probe = {
    driveNrst: async (level: "low" | "high") => {
      log.push(`NRST ${level}`);
      if (level === "high" && works.nrst) reset();
    },
  };
  return { port, probe, log };
}

function setup(works: Parameters<typeof core>[0], architecture: "v6-M" | "v7-M" | "v8-M" = "v7-M") {
  const { port, probe, log } = core(works);
  const notices: CoreNotice["code"][] = [];
  const clock = fakeClock();
  const context = {
    port,
    probe,
    clock,
    architecture,
    demcr: normal,
    notice: ({ code }: CoreNotice) => void notices.push(code),
  };
  return { context, port, log, notices, clock };
}

describe("resetting a core", () => {
  it("arms the vector catch, asks for the reset and puts DEMCR back", async () => {
    const { context, port, log, notices } = setup({ system: true, slow: 3 });
    expect(await resetCore(context, "system", true)).toMatchObject({ halted: true, catching: normal });
    expect(log).toEqual(["SYSRESETREQ"]);
    expect(port.writes).toEqual(["e000edf0=a05f0003", "e000edfc=1000401", "e000ed0c=5fa0004", "e000edfc=1000400"]);
    expect(notices).toEqual([]);
  });

  it("leaves a core alone that shall run on", async () => {
    const { context, port } = setup({ system: true });
    expect(await resetCore(context, "system", false)).toMatchObject({ done: "system", halted: false });
    expect(port.writes).toEqual(["e000edfc=1000400", "e000ed0c=5fa0004"]);
  });

  it("holds NRST low for 20 ms", async () => {
    const { context, log, clock } = setup({ nrst: true });
    expect(await resetCore(context, "hardware", true)).toMatchObject({ done: "hardware", halted: true });
    expect(log).toEqual(["NRST low", "NRST high"]);
    expect(clock.sleeps[0]).toBe(20);
  });

  it("resets by SYSRESETREQ when NRST is not connected, and says so", async () => {
    const { context, log, notices } = setup({ system: true });
    expect(await resetCore(context, "hardware", true)).toMatchObject({ done: "system", halted: true });
    expect(log).toEqual(["NRST low", "NRST high", "SYSRESETREQ"]);
    expect(notices).toEqual(["nrst-not-connected"]);
  });

  it("takes VECTRESET where SYSRESETREQ has no effect", async () => {
    const { context, log, notices } = setup({ vector: true });
    expect(await resetCore(context, "system", true)).toMatchObject({ done: "core", halted: true });
    expect(log).toEqual(["SYSRESETREQ", "VECTRESET"]);
    expect(notices).toEqual(["reset-not-seen"]);
  });

  it.each(["v6-M", "v8-M"] as const)("%s has no VECTRESET", async (architecture) => {
    const { context, log, notices } = setup({ system: true }, architecture);
    expect(await resetCore(context, "core", true)).toMatchObject({ done: "system", halted: true });
    expect(log).toEqual(["SYSRESETREQ"]);
    expect(notices).toEqual(["core-reset-unavailable"]);
  });

  it("halts by request when the catch does not work", async () => {
    const { context, notices } = setup({ system: true, catches: false });
    expect(await resetCore(context, "system", true)).toMatchObject({ done: "system", halted: true });
    expect(notices).toEqual(["halted-late"]);
  });

  it("does not take a reset that is over for one that lasts, when each look takes a slow host longer than the patience", async () => {
    const { context, port, clock } = setup({ system: true });
    const read = port.onRead;
    port.onRead = (address) => {
      read?.(address);
      if (address === scs.dhcsr) void clock.sleep(600);
    };
    expect(await resetCore(context, "system", true)).toMatchObject({ done: "system", halted: true });
  });

  it("tells a reset that lasts", async () => {
    const { context } = setup({ system: true, slow: Number.POSITIVE_INFINITY });
    const { clock } = context;
    let looks = 0;
    const clockThatRuns = { ...clock, now: () => 10 * looks++ };
    await expect(resetCore({ ...context, clock: clockThatRuns }, "system", true)).rejects.toMatchObject({
      code: "core-held-in-reset",
    });
  });

  it("gives up when nothing resets the core", async () => {
    const { context } = setup({}, "v6-M");
    await expect(resetCore(context, "system", true)).rejects.toMatchObject({
      code: "core-reset-failed",
      facts: { kind: "system" },
    });
  });

  describe("in one batch of the probe's queue", () => {
    function queued(works: Parameters<typeof core>[0]) {
      const all = setup(works);
      let batches = 0;
      const words = all.port.words.bind(all.port);
      const port = Object.assign(all.port, {
        wordQueue: 64,
        words: async (operations: Parameters<typeof words>[0]) => {
          batches++;
          return words(operations);
        },
      });
      port.set({ [scs.dfsr]: 8, [scs.dcrsr]: 0, [scs.dcrdr]: 0x1234 });
      return { ...all, batches: () => batches };
    }

    it("is done, and the catch is left to go with the next run", async () => {
      const { context, log, port, batches } = queued({ system: true, slow: 2 });
      const result = await resetCore(context, "system", true);
      expect(result).toMatchObject({ done: "system", halted: true, catching: normal | demcr.coreReset });
      expect(result.stop?.dfsr).toBe(8);
      expect(log).toEqual(["SYSRESETREQ"]);
      expect(batches()).toBe(1);
      expect(port.memory.get(scs.demcr)).toBe(normal | demcr.coreReset);
    });

    it("goes on looking when the reset lasts longer, without another one", async () => {
      const { context, log } = queued({ system: true, slow: 20 });
      expect(await resetCore(context, "system", true)).toMatchObject({ halted: true, catching: normal });
      expect(log).toEqual(["SYSRESETREQ"]);
    });

    it("is made word by word when the batch breaks off", async () => {
      const { context, log, port } = queued({ system: true });
      const words = port.words;
      let broken = false;
      port.words = async (operations) => {
        if (broken || !operations.some(({ address }) => address === scs.aircr)) return words(operations);
        broken = true;
        await words(operations);
        throw new ProbityError("memory-fault", "The reset came between.");
      };
      expect(await resetCore(context, "system", true)).toMatchObject({ halted: true, catching: normal });
      expect(log).toEqual(["SYSRESETREQ", "SYSRESETREQ"]);
    });
  });
});
