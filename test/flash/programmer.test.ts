import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { crc32 } from "../../src/base/crc32.ts";
import { ProbityError } from "../../src/base/errors.ts";
import type { FlashProgress } from "../../src/flash/programmer.ts";
import { targetCrc32 } from "../../src/flash/target-crc32.ts";
import { readElf } from "../../src/formats/elf.ts";
import { CONTROLLER, createRig, FLASH, noise, RAM, RAM_SIZE, type Rig, type RigOptions } from "./rig.ts";

// Seconds of the board's time, computed on whatever machine this is.
vi.setConfig({ testTimeout: 240_000 });

const blinky = readElf(
  readFileSync(new URL("../../firmware/blinky/blinky.elf", import.meta.url)),
  "blinky.elf",
).segments;

/** Time that the chip itself needs (DS5319 typical figures, as the virtual chip has them), in milliseconds. */
const chipTime = (pages: number, halfWords: number): number => pages * 20 + halfWords * 0.0525;

const withBlinky = (options: RigOptions = {}): Promise<Rig> => createRig({ flash: blinky, ...options });

async function failure(action: Promise<unknown>): Promise<ProbityError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof ProbityError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

/** Registers and all of RAM, to see whether anything was left changed. */
async function snapshot(rig: Rig): Promise<unknown> {
  const { r, xpsr, msp, psp, primask, basepri, faultmask, control } = await rig.core.registers();
  const ram = Buffer.from(await rig.core.port.read(RAM, RAM_SIZE)).toString("base64");
  const demcr = await rig.core.port.readWord(0xe000edfc);
  const flashCr = await rig.core.port.readWord(CONTROLLER + 0x10);
  const rccCr = await rig.core.port.readWord(0x40021000);
  const ahb = await rig.core.port.readWord(0x40021014);
  return { r: [...r], xpsr, msp, psp, primask, basepri, faultmask, control, demcr, flashCr, rccCr, ahb, ram };
}

describe("F1 flash programmer on the virtual Blue Pill", () => {
  it.each([
    ["8 MHz, as after every reset", {}],
    ["72 MHz", { running: true }],
  ])("loads 63 KiB at %s in at most 80 transfers and hardly more time than the chip needs", async (_clock, options) => {
    const rig = await withBlinky(options);
    const data = noise(63 * 1024);
    const { transfers, milliseconds, result } = await rig.measure(() =>
      rig.programmer.program([{ address: FLASH, data }]),
    );
    expect(Buffer.compare(rig.flash(FLASH, data.length), data)).toBe(0);
    expect(result).toEqual({ pagesErased: 63, pagesSkipped: 0, bytesProgrammed: data.length });
    expect(transfers).toBeLessThanOrEqual(80);
    expect(milliseconds).toBeLessThan(1.05 * chipTime(63, data.length / 2));
    expect(milliseconds).toBeGreaterThan(chipTime(63, data.length / 2));
  });

  it("erases all at once when the image fills the flash", async () => {
    const rig = await withBlinky();
    const data = noise(64 * 1024);
    const { transfers, milliseconds, result } = await rig.measure(() =>
      rig.programmer.program([{ address: FLASH, data }]),
    );
    expect(Buffer.compare(rig.flash(FLASH, data.length), data)).toBe(0);
    expect(result).toEqual({ pagesErased: 64, pagesSkipped: 0, bytesProgrammed: data.length });
    expect(transfers).toBeLessThanOrEqual(96);
    expect(milliseconds).toBeLessThan(1.1 * chipTime(1, data.length / 2));
    expect(milliseconds).toBeGreaterThan(chipTime(1, data.length / 2));
  });

  it.each([40, 60, 80, 150])(
    "goes on when answers come %d ms late, as in a virtual machine or on a busy host",
    async (late) => {
      const data = noise(4096);
      for (const phase of [0, 1, 2]) {
        let connected = false;
        const rig = await createRig({ answersLate: (transfer) => (connected && transfer % 3 === phase ? late : 0) });
        connected = true;
        await rig.programmer.program([{ address: FLASH, data }]);
        expect(Buffer.compare(rig.flash(FLASH, data.length), data)).toBe(0);
      }
    },
  );

  it.each([
    ["v2", {}],
    ["v3", { kilohertz: 24000 }],
    ["v2-1", { kilohertz: 480 }],
  ] as const)("works with a %s probe %o", async (kind, options) => {
    const rig = await withBlinky({ kind, ...options });
    const data = noise(10_000, 7);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect(Buffer.compare(rig.flash(FLASH + 0x1000, data.length), data)).toBe(0);
  });

  it("leaves registers, RAM, DEMCR, clocks and the lock as they were", async () => {
    const rig = await withBlinky();
    // The program has been running: clocks, stack and variables are its own.
    await rig.core.resume();
    await rig.virtual.sleep(30);
    await rig.core.halt();
    await rig.core.port.writeWord(0x40021014, 0x15);
    await rig.core.writeRegister("r5", 0x55555555);
    await rig.core.writeRegister("r12", 0x12121212);
    await rig.core.port.write(RAM + 0x200, noise(18_000, 3));
    const before = await snapshot(rig);
    await rig.programmer.program([{ address: FLASH + 0x8001, data: noise(9001) }], { verify: true, incremental: true });
    expect(await snapshot(rig)).toEqual(before);
    await rig.programmer.erase(FLASH + 0x9000, 10);
    expect(await snapshot(rig)).toEqual(before);
    expect(await failure(rig.programmer.verify([{ address: FLASH + 0x8001, data: noise(9001) }]))).toHaveProperty(
      "code",
    );
    expect(await snapshot(rig)).toEqual(before);
  });

  it("keeps the bytes of a touched page that the image does not mention", async () => {
    const rig = await withBlinky();
    const old = noise(4096, 2);
    await rig.programmer.program([{ address: FLASH + 0x4000, data: old }]);
    const pieces = [
      { address: FLASH + 0x4000 + 3, data: noise(5, 4) },
      { address: FLASH + 0x4000 + 1021, data: noise(7, 5) },
      { address: FLASH + 0x4000 + 4000, data: noise(1, 6) },
    ];
    const result = await rig.programmer.program(pieces, { verify: true });
    const wanted = old.slice();
    for (const { address, data } of pieces) wanted.set(data, address - FLASH - 0x4000);
    expect(Buffer.compare(rig.flash(FLASH + 0x4000, 4096), wanted)).toBe(0);
    expect(result).toEqual({ pagesErased: 3, pagesSkipped: 0, bytesProgrammed: 13 });
  });

  it("skips equal pages, and does not erase blank ones, when incremental", async () => {
    const rig = await withBlinky();
    const data = noise(8 * 1024);
    const image = [{ address: FLASH + 0x2000, data }];
    await rig.programmer.erase(FLASH + 0x2000, data.length);
    const first = await rig.programmer.program(image, { incremental: true });
    expect(first).toEqual({ pagesErased: 0, pagesSkipped: 0, bytesProgrammed: data.length });
    const changed = data.slice();
    changed[5000] ^= 1;
    const second = await rig.measure(() =>
      rig.programmer.program([{ address: FLASH + 0x2000, data: changed }], { incremental: true, verify: true }),
    );
    expect(second.result).toEqual({ pagesErased: 1, pagesSkipped: 7, bytesProgrammed: 1024 });
    expect(Buffer.compare(rig.flash(FLASH + 0x2000, data.length), changed)).toBe(0);
    const third = await rig.measure(() =>
      rig.programmer.program([{ address: FLASH + 0x2000, data: changed }], { incremental: true }),
    );
    expect(third.result).toEqual({ pagesErased: 0, pagesSkipped: 8, bytesProgrammed: 0 });
    expect(third.transfers).toBeLessThan(second.transfers);
    expect(third.milliseconds).toBeLessThan(120);
  });

  it("mass-erases, alone and before programming", async () => {
    const rig = await withBlinky();
    await rig.programmer.massErase();
    expect(rig.flash(FLASH, 65536).every((byte) => byte === 0xff)).toBe(true);
    await rig.programmer.program([{ address: FLASH, data: noise(3000) }]);
    const data = noise(100, 9);
    const result = await rig.programmer.program([{ address: FLASH + 2048, data }], { massErase: true, verify: true });
    expect(result.pagesErased).toBe(64);
    expect(rig.flash(FLASH, 2048).every((byte) => byte === 0xff)).toBe(true);
    expect(Buffer.compare(rig.flash(FLASH + 2048, 100), data)).toBe(0);
  });

  it("erases exactly the pages that are touched", async () => {
    const rig = await withBlinky();
    const data = noise(5 * 1024).map((byte) => byte & 0x7f);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }]);
    const seen: FlashProgress[] = [];
    await rig.programmer.erase(FLASH + 0x1000 + 1023, 1026, (progress) => seen.push(progress));
    const after = rig.flash(FLASH + 0x1000, data.length);
    expect(after.subarray(0, 3072).every((byte) => byte === 0xff)).toBe(true);
    expect(Buffer.compare(after.subarray(3072), data.subarray(3072))).toBe(0);
    expect(seen.at(0)).toEqual({ phase: "erase", done: 0, total: 3072 });
    expect(seen.at(-1)).toEqual({ phase: "erase", done: 3072, total: 3072 });
  });

  it("tells progress that only grows, phase by phase", async () => {
    const rig = await withBlinky();
    const seen: FlashProgress[] = [];
    const options = { incremental: true, verify: true, onProgress: (progress: FlashProgress) => seen.push(progress) };
    await rig.programmer.program([{ address: FLASH, data: noise(30 * 1024) }], options);
    const phases = seen.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
    expect(phases).toEqual(["compare", "erase", "program", "verify"]);
    for (const phase of phases) {
      const steps = seen.filter((progress) => progress.phase === phase);
      expect(steps[0].done).toBe(0);
      expect(steps.at(-1)!.done).toBe(steps[0].total);
      expect(steps.every((step, i) => i === 0 || step.done > steps[i - 1].done)).toBe(true);
    }
  });

  it("refuses what does not fit before anything is touched", async () => {
    const rig = await withBlinky();
    const before = rig.flash(FLASH, 65536);
    const { transfers, result } = await rig.measure(() =>
      failure(rig.programmer.program([{ address: FLASH, data: new Uint8Array(65537) }], { massErase: true })),
    );
    expect(result.code).toBe("flash-image-too-large");
    expect(transfers).toBe(0);
    expect(Buffer.compare(rig.flash(FLASH, 65536), before)).toBe(0);
  });

  it("verifies, naming the first byte that differs", async () => {
    const rig = await withBlinky();
    const data = noise(3000);
    await rig.programmer.program([{ address: FLASH + 0x3001, data }]);
    await rig.programmer.verify([{ address: FLASH + 0x3001, data }]);
    const wrong = data.slice();
    wrong[1234] ^= 0x80;
    const error = await failure(rig.programmer.verify([{ address: FLASH + 0x3001, data: wrong }]));
    expect(error.code).toBe("flash-verify-failed");
    expect(error.facts).toEqual({
      address: FLASH + 0x3001 + 1234,
      expected: wrong[1234],
      found: data[1234],
      differing: 1,
    });
  });

  it("refuses write-protected pages, naming them, and changes nothing", async () => {
    // WRP0 bit 1 protects pages 4 to 7.
    const optionBytes = [
      0xa5, 0x5a, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xfd, 0x02, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00,
    ];
    const rig = await withBlinky({ optionBytes });
    const before = rig.flash(FLASH, 65536);
    const image = [{ address: FLASH, data: noise(8192) }];
    for (const action of [
      rig.programmer.program(image),
      rig.programmer.erase(FLASH + 4096, 1),
      rig.programmer.massErase(),
    ]) {
      const error = await failure(action);
      expect(error.code).toBe("flash-protected");
      expect(error.facts.address).toBe(FLASH + 4096);
    }
    expect(Buffer.compare(rig.flash(FLASH, 65536), before)).toBe(0);
    await rig.programmer.program([{ address: FLASH, data: noise(4096) }], { verify: true });
  });

  it("refuses a read-protected chip", async () => {
    const optionBytes = [
      0x00, 0xff, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00, 0xff, 0x00,
    ];
    const rig = await withBlinky({ optionBytes });
    const error = await failure(rig.programmer.program([{ address: FLASH, data: noise(16) }]));
    expect(error.code).toBe("flash-protected");
    expect(error.facts.readProtected).toBe(true);
  });

  it("switches HSI on for the time when the firmware has switched it off", async () => {
    const rig = await withBlinky();
    await rig.core.resume();
    await rig.virtual.sleep(30);
    await rig.core.halt();
    const cr = await rig.core.port.readWord(0x40021000);
    await rig.core.port.writeWord(0x40021000, (cr & ~1) >>> 0);
    expect((await rig.core.port.readWord(0x40021000)) & 3).toBe(0);
    const data = noise(500);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect((await rig.core.port.readWord(0x40021000)) & 3).toBe(0);
  });

  it("clears stale error flags and recovers from a controller that someone left unlocked", async () => {
    const rig = await withBlinky();
    const { port } = rig.core;
    await port.writeWord(CONTROLLER + 4, 0x45670123);
    await port.writeWord(CONTROLLER + 4, 0xcdef89ab);
    await port.writeWord(CONTROLLER + 0x10, 1);
    // Programming over something that is not erased sets PGERR.
    await port.writeHalfWord(FLASH, 0x1234);
    expect((await port.readWord(CONTROLLER + 0x0c)) & 4).toBe(4);
    const data = noise(500);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect((await port.readWord(CONTROLLER + 0x0c)) & 0x14).toBe(0);
    expect((await port.readWord(CONTROLLER + 0x10)) & 0x80).toBe(0x80);
  });

  it("says that the controller is locked until reset after a wrong key", async () => {
    const rig = await withBlinky();
    await rig.core.port.writeWord(CONTROLLER + 4, 0x11111111).catch(() => undefined);
    const before = await rig.core.registers();
    const error = await failure(rig.programmer.erase(FLASH + 0x1000, 1));
    expect(error.code).toBe("flash-locked");
    expect(await rig.core.registers()).toEqual(before);
  });

  it("keeps running watchdogs from biting", async () => {
    const rig = await withBlinky();
    const { port } = rig.core;
    // IWDG with 410 ms, frozen only while the core is halted.
    await port.writeWord(0x40003000, 0x5555);
    await port.writeWord(0x40003004, 0);
    await port.writeWord(0x40003008, 0xfff);
    await port.writeWord(0xe0042004, 0x100);
    await port.writeWord(0x40003000, 0xcccc);
    // WWDG at its slowest, 262 ms, to be reloaded only once its counter is down at 0x60.
    await port.writeWord(0x4002101c, 0x800);
    await port.writeWord(0xe0042004, 0x300);
    await port.writeWord(0x40002c04, 0x1e0);
    await port.writeWord(0x40002c00, 0xff);
    await rig.virtual.sleep(1);
    const data = noise(20 * 1024);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect(Buffer.compare(rig.flash(FLASH + 0x1000, data.length), data)).toBe(0);
    expect((await rig.core.status()).resetSeen).toBe(false);
  });

  it("erases and programs a blank chip, whose core is locked up", async () => {
    const rig = await createRig({ running: true });
    expect((await rig.core.status()).halted).toBe(true);
    const before = await snapshot(rig);
    const data = noise(20 * 1024);
    await rig.programmer.program([{ address: FLASH, data }], { verify: true });
    expect(Buffer.compare(rig.flash(FLASH, data.length), data)).toBe(0);
    expect(await snapshot(rig)).toEqual(before);
  });

  it("goes on when a watchpoint of the user's stops the algorithm", async () => {
    const rig = await withBlinky();
    await rig.core.setWatchpoint(RAM + 0x2000, 4, "access");
    const data = noise(13 * 1024);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect(Buffer.compare(rig.flash(FLASH + 0x1000, data.length), data)).toBe(0);
  });

  it("tells where an algorithm stopped that ran into a fault, and recovers", async () => {
    const rig = await withBlinky();
    const before = await snapshot(rig);
    const write = rig.core.port.write.bind(rig.core.port);
    let count = 0;
    rig.core.port.write = async (address, data) => {
      // The second payload is damaged on the way: its first command lies where nothing answers.
      if (++count === 2)
        data = data.map((byte, i) =>
          i >= data.length - 8 && i < data.length - 4 ? [0, 0, 0, 0x60][i - data.length + 8] : byte,
        );
      await write(address, data);
    };
    const error = await failure(rig.programmer.program([{ address: FLASH + 0x1000, data: noise(4000) }]));
    rig.core.port.write = write;
    expect(error.code).toBe("flash-algorithm-failed");
    expect(error.facts.cfsr).toBe(0x8200);
    expect(error.facts.bfar).toBe(0x60000000);
    expect(error.facts.pc).toBeTypeOf("number");
    expect(await snapshot(rig)).toEqual(before);
  });

  it("says so when the chip is reset meanwhile", async () => {
    const rig = await withBlinky();
    let pressed = false;
    const onProgress = ({ phase, done }: FlashProgress): void => {
      if (phase !== "program" || done < 6000 || pressed) return;
      pressed = true;
      rig.board.pressReset(true);
      rig.board.chip.advance(1e6);
      rig.board.pressReset(false);
    };
    const error = await failure(
      rig.programmer.program([{ address: FLASH + 0x1000, data: noise(30_000) }], { onProgress }),
    );
    expect(error.code).toBe("flash-algorithm-failed");
    expect(error.message).toMatch(/the chip was reset meanwhile/);
    expect(error.facts.resetSeen).toBe(true);
    expect((await rig.core.status()).halted).toBe(true);
  });

  it("gives up on an algorithm that makes no progress", async () => {
    const rig = await withBlinky();
    const write = rig.core.port.write.bind(rig.core.port);
    let count = 0;
    rig.core.port.write = async (address, data) => {
      // The turn of the second payload never comes: the algorithm waits for ever.
      if (++count === 2) data = data.map((byte, i) => (i >= data.length - 4 ? 0 : byte));
      await write(address, data);
    };
    const { result: error, milliseconds } = await rig.measure(() =>
      failure(rig.programmer.program([{ address: FLASH + 0x1000, data: noise(4000) }])),
    );
    rig.core.port.write = write;
    expect(error.code).toBe("flash-timeout");
    expect(milliseconds).toBeLessThan(3000);
    expect((await rig.core.status()).halted).toBe(true);
    expect((await rig.core.port.readWord(CONTROLLER + 0x10)) & 0x80).toBe(0x80);
  });

  it("works with little RAM, and says so when it is too little", async () => {
    const rig = await withBlinky({ ramSize: 4 * 1024 });
    const data = noise(5000);
    await rig.programmer.program([{ address: FLASH + 0x1000, data }], { verify: true });
    expect(Buffer.compare(rig.flash(FLASH + 0x1000, data.length), data)).toBe(0);
    const poor = await withBlinky({ ramSize: 2048 });
    expect((await failure(poor.programmer.erase(FLASH, 1))).code).toBe("flash-ram-too-small");
  });
});

describe("targetCrc32", () => {
  const ram = { base: RAM, size: RAM_SIZE };

  it("gives the sum that the host computes, at any alignment, and leaves no trace", async () => {
    const rig = await withBlinky();
    const before = await snapshot(rig);
    for (const [address, length] of [
      [FLASH, 65536],
      [FLASH + 1, 1],
      [FLASH + 3, 2],
      [FLASH + 2, 1003],
      [RAM + 0x1000, 777],
      [FLASH, 0],
    ]) {
      const wanted = crc32(await rig.core.port.read(address, length));
      expect(await targetCrc32(rig.core, ram, address, length), `${address}+${length}`).toBe(wanted);
    }
    expect(await snapshot(rig)).toEqual(before);
  });

  it("sums the RAM that it would borrow by reading it", async () => {
    const rig = await withBlinky();
    const wanted = crc32(await rig.core.port.read(RAM + 100, 200));
    expect(await targetCrc32(rig.core, ram, RAM + 100, 200)).toBe(wanted);
  });

  it("reports a hole in the memory map", async () => {
    const rig = await withBlinky();
    const before = await snapshot(rig);
    const error = await failure(targetCrc32(rig.core, ram, FLASH + 65536 - 8, 16));
    expect(error.code).toBe("memory-fault");
    expect(error.facts.address).toBe(FLASH + 65536);
    expect(await snapshot(rig)).toEqual(before);
  });
});
