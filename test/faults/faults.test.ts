import { afterEach, describe, expect, it } from "vitest";
import { isProbityError } from "../../src/base/errors.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { configurationOf, listProbes } from "../../src/session/open-link.ts";
import { parseProbeSpec } from "../../src/session/probe-spec.ts";
import { boards } from "../../src/sim/boards/boards.ts";
import { faults } from "../../src/sim/faults/table.ts";
import { Stm32f1Chip } from "../../src/sim/stm32f1/chip.ts";
import { connectTarget } from "../../src/stm32/connect.ts";
import { type Bench, closeBenches, plug } from "./bench.ts";

afterEach(closeBenches);

const OK = 0x80;
const GET_IDCODE_ERROR = 0x09;
const UNKNOWN_COMMAND = 0x42;
const FLASH = 0x08000000;
const RCC_CSR = 0x40021024;
const CPUID = 0xe000ed00;
const IDCODE = 0xe0042000;
const SIZE = 0x1ffff7e0;
const S_HALT = 1 << 17;
const S_LOCKUP = 1 << 19;
const S_RESET_ST = 1 << 25;
const IWDGRSTF = 1 << 29;
const PORRSTF = 1 << 27;
const PGERR = 1 << 2;
const WRPRTERR = 1 << 4;
const EOP = 1 << 5;

const blinky = "elf=firmware/blinky/blinky.elf";

async function healthy(board = "bluepill"): Promise<Bench> {
  return plug(board === "stm32469i-eval" ? "" : blinky, board);
}

/** Nothing answers on SWD, under reset neither; what the status of entering is. */
async function dead(fault: string, board = "bluepill"): Promise<Bench> {
  const bench = await plug(`fault=${fault}&${blinky}`, board);
  expect(bench.enter()).toBe(GET_IDCODE_ERROR);
  expect(bench.enterUnderReset()).toBe(GET_IDCODE_ERROR);
  return bench;
}

/** The core is out of reach until it is held in reset. */
async function reachableUnderReset(fault: string, board = "bluepill"): Promise<Bench> {
  const bench = await plug(`fault=${fault}`, board);
  expect(bench.enter()).toBe(GET_IDCODE_ERROR);
  expect(bench.enterUnderReset()).toBe(OK);
  expect(bench.dhcsr & S_HALT).toBe(S_HALT);
  return bench;
}

/** DPIDR, CPUID, the ROM table's PIDR0–2 and PIDR4, and IDCODE. */
function identity(bench: Bench): (number | undefined)[] {
  expect(bench.enter()).toBe(OK);
  const table = 0xe00ff000;
  const pidr = [0xfe0, 0xfe4, 0xfe8, 0xfd0].map((offset) => bench.peek(table + offset));
  return [bench.host.value("F2 31").value, bench.peek(CPUID), ...pidr, bench.peek(IDCODE), bench.peek(SIZE)];
}

/** What the wire shows of every fault. */
const onTheWire: Readonly<Record<string, () => Promise<void>>> = {
  "no-power": async () => {
    expect((await dead("no-power")).volts).toBe(0);
    expect((await dead("no-power", "stm3210e-eval")).volts).toBe(0);
  },
  "low-voltage": async () => {
    expect((await dead("low-voltage")).volts).toBeCloseTo(1.6, 2);
    expect((await dead("low-voltage&volts=1.7")).volts).toBeCloseTo(1.7, 2);
  },
  "vtref-open": async () => {
    const bench = await plug(`fault=vtref-open&${blinky}`);
    expect(bench.volts).toBe(0);
    expect(bench.enter()).toBe(OK);
    expect(bench.peek(CPUID)).toBe(0x411fc231);
  },
  "brown-out": async () => {
    const bench = await plug(`fault=brown-out&${blinky}`);
    bench.enter();
    bench.halt();
    bench.poke(RCC_CSR, 1 << 24);
    expect((bench.peek(RCC_CSR) ?? 0) & PORRSTF).toBe(0);
    bench.poke(0x20000000, 0x12345678);
    // The debug port lost its state with the power, and sleeps until it is connected to anew.
    expect(bench.erasePage(FLASH + 0x8000)).toBe(undefined);
    expect(bench.peek(CPUID)).toBe(undefined);
    expect(bench.enter()).toBe(OK);
    expect((bench.peek(RCC_CSR) ?? 0) & PORRSTF).toBe(PORRSTF);
    expect(bench.peek(0x20000000)).not.toBe(0x12345678);
    expect(bench.dhcsr & S_HALT).toBe(0);
    expect(bench.volts).toBeCloseTo(3.3, 1);
  },
  "swdio-open": async () => {
    expect((await dead("swdio-open")).volts).toBeCloseTo(3.3, 1);
  },
  "swclk-open": async () => {
    expect((await dead("swclk-open")).volts).toBeCloseTo(3.3, 1);
  },
  "swd-swapped": async () => {
    expect((await dead("swd-swapped")).volts).toBeCloseTo(3.3, 1);
  },
  "noisy-wire": async () => {
    const statuses = (bench: Bench): number[] => {
      const seen: number[] = [];
      for (let turn = 0; turn < 400; turn++) {
        if (turn % 20 === 0) bench.enter();
        seen.push(bench.host.value("F2 36 00 ED 00 E0").status);
      }
      return seen;
    };
    const first = statuses(await plug("fault=noisy-wire"));
    const good = first.filter((status) => status === OK).length;
    expect(good).toBeGreaterThan(40);
    expect(good).toBeLessThan(360);
    // Errors of several kinds: no or a wrong acknowledge (12), parity (13), the target's refusal (11).
    expect(new Set(first)).toEqual(new Set([...first, 0x11, 0x12, 0x13]));
    expect(statuses(await plug("fault=noisy-wire"))).toEqual(first);
    expect(statuses(await plug("fault=noisy-wire&noise-seed=2"))).not.toEqual(first);
    expect(new Set(statuses(await plug("fault=noisy-wire&noise-rate=10000000"))).size).toBe(1);
  },
  "long-wires": async () => {
    const bench = await plug(`fault=long-wires&${blinky}`);
    expect(bench.enter()).toBe(GET_IDCODE_ERROR); // 1818 kHz at power-on
    expect(bench.host.status("F2 43 02 00")).toBe(OK); // 1250 kHz
    expect(bench.enter()).toBe(GET_IDCODE_ERROR);
    expect(bench.host.status("F2 43 03 00")).toBe(OK); // 952 kHz
    expect(bench.enter()).toBe(OK);
    expect(bench.peek(CPUID)).toBe(0x411fc231);
    expect((await plug("fault=long-wires&wire-limit=2000")).enter()).toBe(OK);
  },
  "nrst-open": async () => {
    const bench = await plug(`fault=nrst-open&${blinky}`);
    expect(bench.enter()).toBe(OK);
    expect(bench.dhcsr).toBeGreaterThan(0); // clears what power-on left
    bench.nrst(true);
    expect(bench.dhcsr & S_RESET_ST).toBe(0);
    bench.nrst(false);
    expect(bench.enterUnderReset()).toBe(OK);
    expect(bench.dhcsr & (S_HALT | S_RESET_ST)).toBe(0);
  },
  "nrst-low": async () => {
    const bench = await plug(`fault=nrst-low&${blinky}`);
    expect(bench.enter()).toBe(OK);
    bench.nrst(false);
    bench.halt();
    for (let look = 0; look < 3; look++) {
      bench.pass(10);
      expect(bench.dhcsr & (S_HALT | S_RESET_ST)).toBe(S_RESET_ST);
    }
  },
  "old-probe-firmware": async () => {
    const bench = await plug(`fault=old-probe-firmware&${blinky}`, "bluepill", "v2");
    expect(bench.host.ask("F1", 2)).toBe("2544"); // 2, J21, S4
    expect(bench.enter()).toBe(OK);
    expect(bench.peek(CPUID)).toBe(0x411fc231);
    expect(bench.host.value("F2 45 FF FF 04 00").status).toBe(UNKNOWN_COMMAND);
    await expect(plug("fault=old-probe-firmware", "bluepill", "v3")).rejects.toMatchObject({
      code: "probe-spec-invalid",
    });
  },
  "probe-busy": async () => {
    await expect(plug("fault=probe-busy")).rejects.toMatchObject({ code: "link-busy" });
    expect(await listProbes("sim:bluepill?fault=probe-busy")).toEqual(["50524F424954590000000201"]);
  },
  "probe-unplugged": async () => {
    const bench = await plug("fault=probe-unplugged&unplug-after=3");
    for (let turn = 0; turn < 3; turn++) expect(bench.host.ask("F5", 2)).toBe("0100");
    expect(() => bench.host.ask("F5", 2)).toThrowError(/unplugged/);
    await expect(bench.link.link.transfer(new Uint8Array(16))).rejects.toMatchObject({ code: "link-unplugged" });
  },
  "clone-cs32": async () => {
    expect(identity(await plug("fault=clone-cs32"))).toEqual([
      ...[0x2ba01477, 0x412fc231, 0x9b, 0x52, 0x0d, 0x05, 0x20036410, 0xffff0040],
    ]);
  },
  "clone-gd32": async () => {
    const bench = await plug("fault=clone-gd32");
    expect(identity(bench)).toEqual([...[0x1ba01477, 0x412fc231, 0x6f, 0x17, 0x0d, 0x07, 0x13030410, 0x00140040]]);
    // Its controller takes whole words.
    const word = Uint8Array.of(1, 2, 3, 4);
    for (const [address, value] of [
      [0x40022004, 0x45670123],
      [0x40022004, 0xcdef89ab],
      [0x40022010, 1],
    ]) {
      bench.poke(address, value);
    }
    bench.host.write("08", FLASH, word);
    bench.pass(1);
    expect(bench.host.last().status).toBe(OK);
    expect(bench.peek(FLASH)).toBe(0x04030201);
  },
  "clone-apm32": async () => {
    const bench = await plug("fault=clone-apm32");
    expect(identity(bench)).toEqual([...[0x2ba01477, 0x412fc231, 0xc3, 0xb4, 0x0b, 0x04, 0x20036410, 0xffff0040]]);
    bench.poke(0x40021014, 0x1c);
    expect(bench.peek(0x40021014)).toBe(0x1c);
  },
  "clone-hk32": async () => {
    expect(identity(await plug("fault=clone-hk32"))).toEqual([
      ...[0x2ba01477, 0x412fc231, 0x00, 0x50, 0x05, 0x05, 0x20036410, 0xffff0040],
    ]);
  },
  rdp1: async () => {
    for (const board of ["bluepill", "stm3210e-eval"]) {
      const bench = await plug(`fault=rdp1&${blinky}`, board);
      bench.enter();
      bench.halt();
      expect((bench.peek(0x4002201c) ?? 0) & 2, board).toBe(2);
      expect(bench.peek(FLASH)).toBe(undefined);
      expect(bench.peek(0x20000000)).not.toBe(undefined);
      expect(bench.erasePage(FLASH)).toBe(WRPRTERR);
    }
  },
  "write-protected": async () => {
    const bench = await plug("fault=write-protected");
    bench.enter();
    bench.halt();
    expect(bench.peek(0x40022020)).toBe(0xffffff00);
    expect(bench.erasePage(FLASH)).toBe(WRPRTERR);
    expect(bench.program(FLASH + 0x7ffe, 0x1234)).toBe(WRPRTERR);
    expect(bench.program(FLASH + 0x8000, 0x1234)).toBe(EOP);
    const f4 = await plug("fault=write-protected", "stm32469i-eval");
    f4.enter();
    expect((f4.peek(0x40023c14) ?? 0) >>> 16).toBe(0x0ff0);
  },
  "wrong-flash-size": async () => {
    const bench = await plug("fault=wrong-flash-size");
    bench.enter();
    expect(bench.peek(SIZE)).toBe(0xffffffff);
    const doubled = await plug("fault=wrong-flash-size&flash-size=128");
    doubled.enter();
    expect(doubled.peek(SIZE)).toBe(0xffff0080);
    expect(doubled.peek(FLASH + 0x10000)).toBe(undefined);
    const f4 = await plug("fault=wrong-flash-size", "stm32469i-eval");
    f4.enter();
    expect((f4.peek(0x1fff7a20) ?? 0) >>> 16).toBe(0xffff);
  },
  "boot0-high": async () => {
    const bench = await plug(`fault=boot0-high&${blinky}`);
    bench.enter();
    bench.halt();
    expect(bench.peek(0)).toBe(bench.peek(0x1ffff000));
    expect(bench.peek(0)).not.toBe(bench.peek(FLASH));
    expect(bench.host.value("F2 33 0F").value >>> 12).toBe(0x1ffff);
  },
  "flash-worn": async () => {
    const bench = await plug(`fault=flash-worn&${blinky}`);
    bench.enter();
    bench.halt();
    expect(bench.erasePage(FLASH)).toBe(EOP);
    const page = bench.host.read("07", FLASH, 1024);
    const stuck = [...page.keys()].filter((at) => page[at] !== 0xff);
    expect(stuck.length).toBe(32);
    const address = FLASH + (stuck[0] & ~1);
    expect(bench.program(address, 0xa5a5)).toBe(PGERR);
    expect(bench.program(address ^ 4, 0xa5a5)).toBe(EOP);
    // Beyond the worn stretch an erase brings everything back.
    bench.program(FLASH + 0x4000, 0);
    bench.erasePage(FLASH + 0x4000);
    expect(bench.peek(FLASH + 0x4000)).toBe(0xffffffff);
  },
  "swd-off": async () => {
    const bench = await reachableUnderReset("swd-off");
    bench.poke(0xe000edf0, 0xa05f0001);
    bench.pass(1);
    expect(bench.peek(CPUID)).toBe(undefined);
    await reachableUnderReset("swd-off", "stm3210e-eval");
    await reachableUnderReset("swd-off", "stm32469i-eval");
  },
  "stop-mode": async () => {
    const bench = await reachableUnderReset("stop-mode");
    // With DBG_STOP the clocks go on, and the port answers.
    bench.poke(0xe0042004, 2);
    bench.poke(0xe000edf0, 0xa05f0001);
    bench.pass(1);
    expect(bench.peek(CPUID)).toBe(0x411fc231);
    await reachableUnderReset("stop-mode", "stm3210e-eval");
  },
  "iwdg-reset": async () => {
    for (const [board, csr] of [
      ["bluepill", RCC_CSR],
      ["stm3210e-eval", RCC_CSR],
      ["stm32469i-eval", 0x40023874],
    ] as const) {
      const bench = await plug("fault=iwdg-reset", board);
      expect(bench.enter()).toBe(OK);
      expect((bench.peek(csr) ?? 0) & IWDGRSTF, board).toBe(IWDGRSTF);
      expect(bench.dhcsr).toBeGreaterThan(0);
      expect(bench.dhcsr & S_RESET_ST).toBe(0);
      bench.pass(60);
      expect(bench.dhcsr & S_RESET_ST, board).toBe(S_RESET_ST);
    }
  },
  "bus-fault": async () => {
    for (const board of Object.keys(boards)) {
      const bench = await plug("fault=bus-fault", board);
      bench.enter();
      bench.pass(1);
      expect(bench.peek(0xe000ed28), board).toBe(0x8200);
      expect(bench.peek(0xe000ed2c)).toBe(0x40000000);
      expect(bench.peek(0xe000ed38)).toBe(0x2f000004);
      bench.halt();
      expect(bench.host.value("F2 33 10").value & 0x1ff).toBe(3);
    }
  },
  lockup: async () => {
    for (const board of Object.keys(boards)) {
      const bench = await plug("fault=lockup", board);
      bench.enter();
      bench.pass(1);
      expect(bench.dhcsr & S_LOCKUP, board).toBe(S_LOCKUP);
      expect(bench.peek(FLASH)).toBe(0xffffffff);
    }
  },
  "foreign-loader": async () => {
    const { link } = await plug("fault=foreign-loader");
    expect(link.configuration?.loaders).toEqual([
      new URL("../../firmware/loaders/nand512w3a_stm3210e-eval.stldr", import.meta.url).pathname,
    ]);
    expect(configurationOf(parseProbeSpec("sim:bluepill?fault=foreign-loader"))).toEqual(link.configuration);
    expect(configurationOf(parseProbeSpec("sim:bluepill"))).toBe(undefined);
  },
};

describe("faults of the virtual boards", () => {
  for (const { name } of faults) {
    it(`${name} shows on the wire`, async () => {
      expect(Object.keys(onTheWire)).toContain(name);
      await onTheWire[name]();
    });
  }

  it("fit every board that the table names, and no other", async () => {
    for (const { name, boards: fits } of faults.filter(({ name }) => name !== "probe-busy")) {
      for (const board of Object.keys(boards)) {
        if (fits.includes(board)) expect((await plug(`fault=${name}`, board)).link.board?.name).toBe(board);
        else await expect(plug(`fault=${name}`, board), name).rejects.toThrowError(/does not fit/);
      }
    }
  });

  it("leave a healthy board as it is", async () => {
    for (const board of Object.keys(boards)) {
      const bench = await healthy(board);
      expect(bench.volts).toBeCloseTo(3.3, 1);
      expect(bench.enter()).toBe(OK);
      expect(bench.enterUnderReset()).toBe(OK);
      expect(bench.dhcsr & S_HALT).toBe(S_HALT);
    }
  });

  it("let a clone's program read IDCODE without a debugger, which ST's cannot (errata 2.3)", async () => {
    const idcode = async (keys: string): Promise<number | undefined> => {
      const { board } = (await plug(keys)).link;
      return board?.chip instanceof Stm32f1Chip ? board.chip.bus.read(IDCODE, 4, "cpu") : undefined;
    };
    expect(await idcode(blinky)).toBe(0);
    expect(await idcode("fault=clone-gd32")).toBe(0x13030410);
    expect(await idcode("fault=clone-cs32")).toBe(0x20036410);
  });

  it("end our own connecting under reset when NRST stays low", async () => {
    const { link } = await plug(`fault=nrst-low&${blinky}`);
    const probe = await openStlinkProbe(link.link);
    await expect(connectTarget(probe, link.clock, { mode: "under-reset", protocol: "swd" })).rejects.toMatchObject({
      code: "core-held-in-reset",
    });
  });

  it("are there together", async () => {
    const bench = await plug("fault=long-wires,iwdg-reset,nrst-open");
    expect(bench.enter()).toBe(GET_IDCODE_ERROR);
    bench.host.status("F2 43 07 00");
    expect(bench.enter()).toBe(OK);
    expect((bench.peek(RCC_CSR) ?? 0) & IWDGRSTF).toBe(IWDGRSTF);
    bench.nrst(true);
    expect(bench.dhcsr & S_HALT).toBe(0);
    const locked = await plug("fault=write-protected,rdp1");
    locked.enter();
    expect([locked.peek(0x40022020), (locked.peek(0x4002201c) ?? 0) & 2]).toEqual([0xffffff00, 2]);
  });

  it.each([
    ["fault=no-power,low-voltage", /no-power and low-voltage cannot be there together: there is one supply/],
    ["fault=iwdg-reset,lockup", /there is one program/],
    ["fault=nrst-low,nrst-open", /there is one reset line/],
    ["fault=probe-busy,probe-unplugged", /there is one usb/],
    ["fault=clone-cs32,clone-gd32", /there is one die/],
    ["fault=swdio-open,swd-swapped", /not connected cannot be swapped/],
    ["fault=swd-swapped,swclk-open", /not connected cannot be swapped/],
    ["fault=swd-off&elf=firmware/blinky/blinky.elf", /swd-off and elf= decide the same/],
    ["fault=boot0-high&boot0=0", /boot0-high and boot0= decide the same/],
    ["fault=old-probe-firmware&firmware=V2J37M27", /firmware= decide the same/],
    ["noise-seed=3", /noise-seed= means nothing without the fault noisy-wire/],
    ["fault=noisy-wire&noise-seed=x", /"noise-seed=x" means nothing/],
    ["fault=noisy-wire&noise-seed=", /means nothing/],
    ["fault=noisy-wire&noise-rate=1.5", /means nothing/],
    ["fault=nosuch", /There is no fault called "nosuch"/],
  ])("refuse %s", async (keys, message) => {
    const error = await plug(keys).catch((thrown) => thrown);
    expect(isProbityError(error, "probe-spec-invalid")).toBe(true);
    expect(error.message).toMatch(message);
  });

  it("name the nearest when a name is wrong, and all of them", async () => {
    const error = await plug("fault=long-wire").catch((thrown) => thrown);
    expect(error.facts).toEqual({ fault: "long-wire", nearest: "long-wires" });
    expect(error.remedy[0]).toContain("long-wires");
    for (const { name } of faults) expect(error.remedy[1]).toContain(name);
    expect((await plug("fault=zzzzzz").catch((thrown) => thrown)).facts).toEqual({ fault: "zzzzzz" });
    await expect(plug("fault=no-power", "nosuch")).rejects.toMatchObject({ code: "board-unknown" });
  });
});
