import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, countingProgram, FLASH, setUpBench } from "../openocd/bench.ts";
import { runOpenOcd } from "../openocd/openocd.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await setUpBench("v2-1", { program: countingProgram(0x2000) });
});

afterEach(() => bench.close());

async function openOcd(...commands: string[]): Promise<string> {
  const { output } = await runOpenOcd({
    transport: "hla_swd",
    port: bench.port,
    commands: ["init", "halt", ...commands],
  });
  return output;
}

describe("OpenOCD on the option bytes", () => {
  it("locks the chip, is kept out after a reset, and pays for unlocking with the content", async () => {
    const flash = bench.board.chip.memories.flash;
    expect(await openOcd("stm32f1x options_read 0", "stm32f1x lock 0")).toMatch(
      /read protection: off[\s\S]*stm32x locked/,
    );
    const lockedOut = await openOcd("reset halt", "stm32f1x options_read 0", `mdw ${FLASH}`);
    expect(lockedOut).toContain("read protection: on");
    expect(lockedOut).not.toContain("0x08000000:");
    expect(flash[0x200]).not.toBe(0xff);
    expect(await openOcd("stm32f1x unlock 0")).toContain("stm32x unlocked");
    expect(flash.every((byte) => byte === 0xff)).toBe(true);
    bench.board.powerCycle();
    expect(await openOcd("stm32f1x options_read 0", `mdw ${FLASH} 1`)).toMatch(
      /read protection: off[\s\S]*0x08000000: ffffffff/,
    );
  });

  it("write-protects pages, which then refuse to be programmed", async () => {
    await openOcd("flash probe 0", "flash protect 0 1 1 on");
    expect(bench.board.chip.memories.optionBytes[8]).toBe(0xfd);
    const refused = await openOcd("reset halt", "flash probe 0", "flash info 0", "flash erase_sector 0 4 4");
    expect(refused).toMatch(/#\s+1: 0x00001000 \(0x1000 4kB\) protected|#\s+4: 0x00001000 \(0x400 1kB\) protected/);
    expect(refused).toMatch(/write protected|failed erasing/i);
    expect(bench.board.chip.memories.flash[0x1000]).not.toBe(0xff);
  });
});
