import { expect, it } from "vitest";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import { CoreEnvironment, environmentReads } from "./core-environment.ts";

const [ICTR, ACTLR, VTOR, CCR, SHCSR, CFSR] = [0xe000e004, 0xe000e008, 0xe000ed08, 0xe000ed14, 0xe000ed24, 0xe000ed28];
const [AIRCR, SCR, SHPR3] = [0xe000ed0c, 0xe000ed10, 0xe000ed20];
const [HFSR, ICSR, SYST_CSR, SYST_RVR, MPU_CTRL] = [0xe000ed2c, 0xe000ed04, 0xe000e010, 0xe000e014, 0xe000ed94];
const [ISER1, ICER1, ISPR0, ICPR0] = [0xe000e104, 0xe000e184, 0xe000e200, 0xe000e280];

/** The registers by address, as far as they are not zero. */
type Registers = Readonly<Record<number, number>>;

/** What is written on the way in and out, when the loader leaves `after`. */
async function written(before: Registers, after: Registers, name = "Cortex-M3 r1p1") {
  const environment = new CoreEnvironment(environmentReads.map((address) => before[address] ?? 0));
  const restored: [number, number][] = [];
  const core = {
    name,
    port: {
      words: async (operations: readonly WordOperation[]) => {
        for (const one of operations) if (one.kind === "write") restored.push([one.address, one.value]);
        return operations.flatMap((one) => (one.kind === "read" ? [after[one.address] ?? 0] : []));
      },
    },
  } as unknown as Core;
  const entered = environment.enter(0x20001000, core).map((one) => [one.address, "value" in one ? one.value : 0]);
  await environment.restore(core);
  return { entered, restored, vectorCount: environment.vectorCount };
}

it("makes a table for every interrupt, switches off what would disturb, and lets stores be precise", async () => {
  const before = { [ICTR]: 1, [CCR]: 0x218, [MPU_CTRL]: 5, [SYST_CSR]: 7, [ACTLR]: 4 };
  const { entered, vectorCount } = await written(before, before);
  expect(vectorCount).toBe(80);
  expect(Object.fromEntries(entered)).toMatchObject({
    [VTOR]: 0x20001000,
    [CCR]: 0x200,
    [MPU_CTRL]: 0,
    [SYST_CSR]: 0,
    [ACTLR]: 6,
  });
  // Bit 1 of ACTLR is another on a Cortex-M7.
  const other = await written({}, {}, "Cortex-M7 r1p1");
  expect(other.entered.some(([address]) => address === ACTLR)).toBe(false);
});

it("puts back what the loader changed, and writes nothing else", async () => {
  const before = {
    [VTOR]: 0x08000000,
    [CCR]: 0x200,
    [ISER1]: 0b1100,
    [SYST_CSR]: 7,
    [SYST_RVR]: 7999,
    [SHCSR]: 1 << 17,
    [AIRCR]: 0xfa050300,
    [SHPR3]: 0xf0000000,
  };
  const after = {
    ...before,
    [VTOR]: 0x20001000,
    [ISER1]: 0b0110,
    [ISPR0]: 0b1,
    [SYST_CSR]: 0x10003,
    [SYST_RVR]: 1,
    [SHCSR]: 1 << 18,
    [AIRCR]: 0xfa050500,
    [SCR]: 4,
    [SHPR3]: 0,
    [CFSR]: 0x8200,
    [HFSR]: 1 << 30,
    [ICSR]: 1 << 26,
  };
  const { restored } = await written(before, after);
  expect(new Map(restored)).toEqual(
    new Map([
      [VTOR, 0x08000000],
      [AIRCR, 0x05fa0300],
      [SCR, 0],
      [SHPR3, 0xf0000000],
      [SYST_RVR, 7999],
      [SYST_CSR, 7],
      [SHCSR, 1 << 17],
      [ICER1, 0b0010],
      [ISER1, 0b1000],
      [ICPR0, 0b1],
      [ICSR, 1 << 25],
      [CFSR, 0x8200],
      [HFSR, 1 << 30],
    ]),
  );
  expect((await written(before, before)).restored).toEqual([]);
});

it("leaves fault flags alone that were set before", async () => {
  const { restored } = await written({ [CFSR]: 0x100 }, { [CFSR]: 0x8300 });
  expect(restored).toEqual([[CFSR, 0x8200]]);
});
