import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/base/crc32.ts";
import { isProbityError } from "../../src/base/errors.ts";
import { AlgorithmRunner } from "../../src/flash/algorithm-runner.ts";
import { wordsOf } from "../../src/flash/algorithms/ram-algorithm.ts";
import { targetCrc32 } from "../../src/flash/target-crc32.ts";
import { readElf } from "../../src/formats/elf.ts";
import { readElfSymbols, symbolAddress } from "../../src/formats/elf-symbols.ts";
import { createRig, FLASH, RAM, RAM_SIZE, type Rig } from "./rig.ts";

const elf = readElf(readFileSync(new URL("../../firmware/inspect/inspect.elf", import.meta.url)), "inspect.elf");
const symbols = readElfSymbols(elf);

/** Runs `inspect` up to a function of it. */
async function haltedIn(name: string): Promise<Rig> {
  const rig = await createRig({ flash: elf.segments });
  await rig.core.setBreakpoint(symbolAddress(symbols, name)!);
  await rig.core.resume();
  expect(await rig.core.waitHalted(500)).toBe(true);
  await rig.core.clearAllComparators();
  return rig;
}

/** `bkpt; b .-2`, then `adds r0, r0, r1; adds r0, r0, r2; adds r0, r0, r3; bx lr`, then `b .`, then `udf`. */
const code = wordsOf("e7fdbe00 18801840 477018c0 de00e7fe");
const entry = { sum: RAM + 4, endless: RAM + 12, undefined: RAM + 14 };

describe("AlgorithmRunner", () => {
  it.each([
    ["factorial", "thread mode on the main stack"],
    ["process_work", "thread mode on the process stack"],
    ["EXTI0_IRQHandler", "an interrupt handler"],
  ])("halted in %s (%s): calls a function, and the program goes on as if nothing had been", async (name) => {
    const rig = await haltedIn(name);
    const before = await rig.core.registers();
    const ram = await rig.core.port.read(RAM, RAM_SIZE);
    const runner = await AlgorithmRunner.begin(rig.core);
    await runner.load(RAM, code);
    await runner.memory.save(RAM + 0x100, 0x100);
    const call = { stackTop: RAM + 0x200, returnTo: RAM };
    await runner.call({ ...call, entry: entry.sum, parameters: [1, 20, 300, 4000] });
    expect(await runner.wait(100)).toBe(4321);
    await runner.call({ ...call, entry: entry.sum, parameters: [5, 5, 5, 5] });
    expect(await runner.wait(100)).toBe(20);
    await runner.end();
    expect(await rig.core.registers()).toEqual(before);
    expect(Buffer.compare(await rig.core.port.read(RAM, RAM_SIZE), ram)).toBe(0);

    expect(await targetCrc32(rig.core, { base: RAM, size: RAM_SIZE }, FLASH, 3000)).toBe(
      crc32(await rig.core.port.read(FLASH, 3000)),
    );
    expect(await rig.core.registers()).toEqual(before);
    const rounds = symbolAddress(symbols, "rounds")!;
    const count = await rig.core.port.readWord(rounds);
    await rig.core.resume();
    await rig.virtual.sleep(50);
    expect(await rig.core.port.readWord(rounds)).toBeGreaterThan(count);
    expect(await rig.core.port.readWord(symbolAddress(symbols, "fault_record")!)).toBe(0);
  });

  it.each([
    ["endless", "algorithm-timeout", 0],
    ["undefined", "algorithm-fault", 0x10000],
  ] as const)("stops %s code with %s and the facts", async (name, errorCode, cfsr) => {
    const rig = await haltedIn("accumulate");
    const before = await rig.core.registers();
    const runner = await AlgorithmRunner.begin(rig.core);
    await runner.load(RAM, code);
    await runner.call({ entry: entry[name], parameters: [], stackTop: RAM + 0x200, returnTo: RAM });
    const error = await runner.wait(20).catch((thrown: unknown) => thrown);
    await runner.end();
    expect(isProbityError(error, errorCode)).toBe(true);
    expect(error).toMatchObject({ facts: { cfsr } });
    if (name === "endless") expect(error).toMatchObject({ facts: { pc: entry.endless } });
    expect(await rig.core.registers()).toEqual(before);
  });
});
