import { describe, expect, it } from "vitest";
import { sameBytes } from "../../src/base/bytes.ts";
import { isProbityError, type ProbityError } from "../../src/base/errors.ts";
import { OptionBench, optionBytes } from "./bench.ts";

type Change = Readonly<Record<string, string>>;

interface Trial {
  readonly bench: OptionBench;
  readonly error: ProbityError | undefined;
}

/** Transfers of a change from the first to the last, and of the connecting before it. */
async function lengthOf(before: readonly number[], change: Change): Promise<{ connected: number; total: number }> {
  const plugged = await new OptionBench(before).plug();
  const connected = plugged.probe.account.transfers;
  await plugged.change(change);
  return { connected, total: plugged.probe.account.transfers };
}

async function tryUntil(before: readonly number[], change: Change, transfers: number): Promise<Trial> {
  const bench = new OptionBench(before);
  const plugged = await bench.plug(transfers);
  try {
    await plugged.change(change);
    return { bench, error: undefined };
  } catch (error) {
    if (!isProbityError(error)) throw error;
    return { bench, error };
  }
}

/** Every place at which the cable can come out of a change. */
async function everyTrial(before: readonly number[], change: Change, look: (trial: Trial) => Promise<void>) {
  const { connected, total } = await lengthOf(before, change);
  expect(total - connected).toBeGreaterThan(30);
  for (let transfers = connected; transfers < total; transfers++) {
    await look(await tryUntil(before, change, transfers));
  }
  return total - connected;
}

const same = (bench: OptionBench, bytes: readonly number[]) => sameBytes(bench.bytes, new Uint8Array(bytes));

describe("the probe is unplugged at every transfer of a set", () => {
  const before = optionBytes({ 1: 0xfb, 3: 0x44, 4: 0xfe });
  const change = { data0: "0x5A", wdg_sw: "0" };
  const after = optionBytes({ 1: 0xfa, 2: 0x5a, 3: 0x44, 4: 0xfe });

  it("and what is told is true; the same command, once more and without a reset before, completes it", async () => {
    const seen = new Map<string, number>();
    let halfWay = 0;
    await everyTrial(before, change, async ({ bench, error }) => {
      const code = error?.code ?? "none";
      seen.set(code, (seen.get(code) ?? 0) + 1);
      if (code === "link-unplugged" || code === "option-bytes-unchanged") expect(same(bench, before)).toBe(true);
      else if (code === "option-bytes-unverified") expect(same(bench, after)).toBe(true);
      else if (code === "option-bytes-half-written") {
        const written = Number(error?.facts.programmed);
        expect([...bench.bytes].slice(0, 2 * written)).toEqual(after.slice(0, 2 * written));
        // RDP missing is told as what it means.
        if (written === 0) expect(error?.message).toMatch(/read-protected from its next reset on/);
        expect(error?.remedy.join(" ")).toMatch(/same command once more/);
      } else expect.unreachable(code);

      // Plugged in again, without a reset.
      const again = await bench.plug();
      if (error?.code === "option-bytes-half-written" && bench.bytes[0] === 0xff) {
        halfWay++;
        expect((await again.read()).problems.join()).toMatch(/RDP is erased/);
        expect((await again.plan({ rdp: "0" })).nothing).toBe(false);
      }
      expect(await again.change(change)).toMatchObject({ inForce: true });
      expect(same(bench, after)).toBe(true);
      expect(bench.flashIsErased).toBe(false);
    });
    expect([...seen.keys()].sort()).toEqual([
      "link-unplugged",
      "option-bytes-half-written",
      "option-bytes-unchanged",
      "option-bytes-unverified",
    ]);
    expect(halfWay).toBeGreaterThan(2);
  });

  it("and the power fails before it is plugged in again: what became read-protected is mended by unprotect", async () => {
    let locked = 0;
    await everyTrial(before, change, async ({ bench }) => {
      bench.board.chip.powerCycle();
      const again = await bench.plug();
      if ((await again.read()).protectionLevel === 1) {
        locked++;
        expect(await again.change({ rdp: "0" })).toMatchObject({ inForce: true, erasedBytes: 64 * 1024 });
        expect(bench.bytes[0]).toBe(0xa5);
      } else expect(bench.flashIsErased).toBe(false);
      await again.change({ ...change, nrst_stdby: "0", data1: "0x44", wrp: "0-3" });
      expect(same(bench, after)).toBe(true);
    });
    expect(locked).toBeGreaterThan(2);
  });
});

describe("the probe is unplugged at every transfer of an unprotect", () => {
  const before = optionBytes({ 0: 0x00, 2: 0x12 });

  it("and the next one mends it, with all of the flash erased", async () => {
    await everyTrial(before, { rdp: "0" }, async ({ bench, error }) => {
      if (error?.code === "option-bytes-half-written") {
        expect(error.message).toMatch(/The flash (has been|may have been|was not) erased/);
        if (/was not erased/.test(error.message)) expect(bench.flashIsErased).toBe(false);
        if (/has been erased/.test(error.message)) expect(bench.flashIsErased).toBe(true);
      }
      bench.board.chip.powerCycle();
      const again = await bench.plug();
      const plan = await again.plan({ rdp: "0", data0: "0x12" });
      if (!plan.nothing) await again.change({ rdp: "0", data0: "0x12" });
      expect((await again.read()).protectionLevel).toBe(0);
      expect(bench.flashIsErased).toBe(true);
      expect(same(bench, optionBytes({ 2: 0x12 }))).toBe(true);
    });
  });
});
