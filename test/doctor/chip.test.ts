import { describe, expect, it } from "vitest";
import { chips } from "../../src/chips/table.ts";
import { diagnose } from "../../src/diagnose/diagnose.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../src/diagnose/facts.ts";
import { runDoctor } from "./bench-run.ts";

function read<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact {
  return fact(kind, value, { from: "target", what: kind }) as Fact;
}

const about = (findings: ReturnType<typeof diagnose>, code: string) => findings.filter((each) => each.code === code);
const size = (id: number, raw: number, ...more: Fact[]) =>
  about(diagnose([read("device-id", { id }), read("flash-size", { kib: raw, raw }), ...more]), "flash-size-wrong");

describe("the flash size register", () => {
  it("is believed where ST makes such a part with this device ID, on every chip of the table", () => {
    for (const { deviceId, flashSizeRegister, knownFlashSizesKib } of chips) {
      if (flashSizeRegister?.unit !== "KiB") continue;
      for (const kib of knownFlashSizesKib) expect(size(deviceId, kib), `${deviceId}, ${kib} KiB`).toEqual([]);
    }
  });

  it.each([
    [0x410, [0, 1, 16, 32, 96, 256, 0xffff]],
    [0x412, [8, 64]],
    [0x414, [128, 1024]],
    [0x430, [512]],
    [0x413, [256, 2048]],
    [0x434, [256]],
  ])("of %i is not believed where it states what is not made", (id, sizes) => {
    for (const kib of sizes) {
      expect(size(id, kib), `${kib} KiB`).toMatchObject([{ certainty: "certain", severity: "warning" }]);
    }
  });

  it("counts in other ways on some chips", () => {
    expect(size(0x436, 0)).toEqual([]);
    expect(size(0x436, 1)).toEqual([]);
    expect(size(0x436, 256)).toHaveLength(1);
    expect(size(0x01e, 0xffff)).toEqual([]);
    expect(size(0x01e, 0x7fff)).toHaveLength(1);
  });

  it("of another maker's chip may state a density that ST has another ID for", () => {
    const clone = read("genuine", { verdict: "clone", maker: "GigaDevice (GD32)" });
    expect(size(0x410, 32, clone)).toMatchObject([{ severity: "note", cause: expect.stringContaining("not ST's") }]);
    expect(size(0x410, 0xffff, clone)).toMatchObject([{ severity: "warning" }]);
  });

  it("that is blank beside flash that can't be read may be hidden by read protection", () => {
    const shut = read("read-protection", { on: true });
    expect(size(0x410, 0xffff, shut)).toMatchObject([
      {
        certainty: "likely",
        remedy: [expect.stringContaining("read protection"), ...Array(3).fill(expect.anything())],
      },
    ]);
    expect(size(0x410, 32, shut)).toMatchObject([{ certainty: "certain" }]);
  });

  it.each([
    ["wrong-flash-size&flash-size=16", "16 KiB"],
    ["wrong-flash-size&flash-size=256", "256 KiB"],
    ["clone-gd32,wrong-flash-size", "no size at all"],
  ])("is told by doctor: %s", async (fault, words) => {
    const { findings, status } = await runDoctor(`sim:bluepill?pace=fast&fault=${fault}`);
    const [found] = about([...findings], "flash-size-wrong");
    expect(found.cause).toContain(`(${words})`);
    expect(found.cause).toContain("there are 64 and 128 KiB");
    expect(status).not.toBe(0);
  });
});

describe("an image larger than flash", () => {
  const image = read("image-part", { address: 0x08000000, size: 0x18000 });
  const tooLarge = (kib: number) =>
    about(
      diagnose([read("device-id", { id: 0x410 }), read("flash-size", { kib, raw: kib }), image]),
      "image-too-large",
    );

  it("is certain by a size that is made, and likely by one that is not", () => {
    expect(tooLarge(64)).toMatchObject([
      { certainty: "certain", cause: expect.stringContaining("by its size register") },
    ]);
    expect(tooLarge(16)).toMatchObject([{ certainty: "likely" }]);
    expect(tooLarge(128)).toEqual([]);
  });
});

describe("an ID that is in no table", () => {
  const clean = read("wire-quality", { khz: 4000, accesses: 24, errors: 0 });
  const noisy = read("wire-quality", { khz: 4000, accesses: 24, errors: 2 });
  const certainty = (...facts: Fact[]) => about(diagnose(facts), "chip-unknown").map(({ certainty: how }) => how);

  it("is certain when it was read twice over clean wires", () => {
    expect(certainty(clean, read("chip-unidentified", { id: 0x7ff, confirmed: true }))).toEqual(["certain"]);
    expect(certainty(clean, read("chip-unidentified", { id: 0x7ff }))).toEqual(["likely"]);
    expect(certainty(noisy, read("chip-unidentified", { id: 0x7ff, confirmed: true }))).toEqual(["likely"]);
  });
});

describe("read protection and BOOT0 at once", () => {
  it("are both told", async () => {
    const { findings } = await runDoctor("sim:bluepill?pace=fast&fault=rdp1,boot0-high");
    expect(findings.map(({ code, certainty }) => `${code}, ${certainty}`)).toEqual(
      expect.arrayContaining(["read-protected, certain", "boot-not-from-flash, certain"]),
    );
    expect(about([...findings], "boot-not-from-flash")[0].cause).toContain("0x1ffff");
  });
});
