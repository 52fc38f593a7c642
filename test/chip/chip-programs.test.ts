import { describe, expect, it } from "vitest";
import { type BoardNamed, type BoardOptions, createBoard } from "../../src/sim/boards/boards.ts";
import { buildProgram } from "./build-program.ts";

/** A Blue Pill with a program of firmware/ in flash, and what it prints. */
function start(
  name: string,
  options: BoardOptions = {},
): { board: BoardNamed<"bluepill">; output: () => string; run: (milliseconds: number) => void } {
  const board = createBoard("bluepill", { ...options, flash: [{ address: 0x08000000, data: buildProgram(name) }] });
  let text = "";
  board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  return { board, output: () => text, run: (milliseconds) => board.chip.advance(milliseconds * 1e6) };
}

describe("programs on the virtual Blue Pill", () => {
  it("sets 72 MHz, counts milliseconds by SysTick and blinks", () => {
    const { board, output, run } = start("clock");
    const changes: number[] = [];
    board.onLed("led", () => changes.push(board.chip.nanoseconds));
    run(195);
    expect(board.chip.clocks.hclk).toBe(72e6);
    expect(output()).toBe("start\nms 00000032\nms 00000064\nms 00000096\n");
    expect(changes.length).toBeGreaterThanOrEqual(18);
    for (let i = 2; i < changes.length; i++) {
      expect(Math.abs(changes[i] - changes[i - 1] - 10e6)).toBeLessThan(2000);
    }
  });

  it("programs its own flash from flash, stalling as long as the data sheet says", () => {
    const { board, output, run } = start("flash");
    const at = new Map<string, number>();
    board.onUart("usart1", () => at.set(output().trimEnd().split("\n").at(-1) ?? "", board.chip.nanoseconds));
    run(200);
    // 512 half-words of 52.5 us each, and the text of the result.
    const programming = (at.get("bad 00000000") ?? 0) - (at.get("erase 00000020") ?? 0);
    expect(programming).toBeGreaterThan(512 * 52_500);
    expect(programming).toBeLessThan(512 * 60_000 + 13 * 90_000);
    expect(output()).toBe(
      "locked 00000000\nerase 00000020\nbad 00000000\nagain 00000004\nzero 00000020\ninterrupts 00000001\n" +
        "erased ffffffff\nlocked 00000080\n",
    );
    expect(board.chip.memories.flash[0xf002]).toBe(0xff);
  });

  it("is reset by the independent watchdog, then by itself", () => {
    const { output, run } = start("watchdog");
    run(90);
    expect(output()).toBe("cause 0c000000\nwaiting\n");
    run(50);
    expect(output()).toBe("cause 0c000000\nwaiting\ncause 24000000\ncause 14000000\nend\n");
  });

  it("stops until an edge on PA0 and wakes on HSI", () => {
    const { board, output, run } = start("stop");
    run(20);
    expect([output(), board.chip.powerMode]).toEqual(["sleep\n", "stop"]);
    const { cycles } = board.chip.scheduler;
    run(60_000);
    expect(board.chip.scheduler.cycles).toBe(cycles);
    board.chip.pins.driveExternal("A", 0, true);
    run(20);
    expect([output(), board.chip.powerMode]).toEqual(["sleep\ninterrupt 00000100\n", "stop"]);
    board.chip.pins.driveExternal("A", 0, false);
    run(20);
    board.chip.pins.driveExternal("A", 0, true);
    run(20);
    expect(output()).toBe("sleep\ninterrupt 00000100\nevent 00000100\n");
  });

  it("counts seconds by the RTC and wakes from standby by its alarm", () => {
    const { board, output, run } = start("rtc");
    run(4_990);
    expect(output()).toBe("pwr 00000000\n");
    run(30);
    expect([output(), board.chip.powerMode]).toEqual(["pwr 00000000\nseconds 00000005\n", "standby"]);
    run(2_950);
    expect(board.chip.powerMode).toBe("standby");
    run(100);
    expect(output()).toBe("pwr 00000000\nseconds 00000005\npwr 00000003\ncount 00000008\n");
  });

  it("faults in holes with the address, and sees gates, bit-band and the size register", () => {
    const { output, run } = start("faults");
    run(100);
    expect(output()).toBe(
      "hole 00000001\nhole 00000002\nhole 00000003\nhole 00000004\nhole 00000005\n" +
        "dbgmcu 00000000\ngpioc 00000000\ngpioc 44444444\nsize 00000040\ncpuid 411fc231\n",
    );
  });

  it("echoes what the board's UART receives, by interrupt out of sleep", () => {
    const { board, output, run } = start("echo");
    run(5);
    board.sendUart("usart1", Buffer.from("HAL"));
    run(5);
    expect(output()).toBe("ready\nIBM");
  });

  it("writes a page of the board's EEPROM over I2C1 and reads it back", () => {
    const { board, output, run } = start("eeprom", { eeprom: { bus: "I2C1", content: Uint8Array.of(0xa0, 0xa1) } });
    run(30);
    expect(output()).toBe("first 000000a1\nread deadbeef\n");
    expect([...(board.eeprom?.content.subarray(0x10, 0x14) ?? [])]).toEqual([0xde, 0xad, 0xbe, 0xef]);
  });

  it("drives timers, ADC, DMA, SPI, CRC and remapped pins together", () => {
    const { board, output, run } = start("peripherals");
    const { chip } = board;
    chip.setAnalog(0, 1.65);
    chip.setAnalog(1, 0.825);
    chip.pins.driveExternal("A", 6, true);
    const edges: [boolean, number][] = [];
    chip.pins.onChange("B", 6, (level) => edges.push([level, chip.nanoseconds]));
    run(60);
    const lines = output().trimEnd().split("\n");
    expect(lines).toEqual([
      "10 updates 0000000a",
      "in0 00000800",
      "in1 00000400",
      expect.stringMatching(/^vref 000005[cd]/),
      "text by DMA",
      "miso 000000ff",
      "crc df8a8a2b",
      "on PB6",
    ]);
    // PWM of 10 kHz, a quarter of the time high.
    const pulses = edges.slice(4, 24);
    for (let i = 1; i < pulses.length; i++) {
      expect(Math.abs(pulses[i][1] - pulses[i - 1][1] - (pulses[i][0] ? 75_000 : 25_000))).toBeLessThan(500);
    }
    expect(pulses.length).toBe(20);
  });

  it("does the same however time is cut into pieces", () => {
    const ends = [[60], Array(60).fill(1), Array(600).fill(0.1), [0.0371, 13.5, 0.2, 46.2629]].map((pieces) => {
      const { board, output, run } = start("peripherals", { eeprom: { bus: "I2C1" } });
      for (const milliseconds of pieces) run(milliseconds);
      const { cpu, scheduler } = board.chip;
      return { text: output(), retired: cpu.retired, cycles: scheduler.cycles, registers: cpu.registers() };
    });
    for (const end of ends) expect(end).toEqual(ends[0]);
  });

  it("sends ITM bytes on SWO once a debugger set it up", () => {
    const { board, run } = start("trace");
    const { chip } = board;
    run(1);
    expect(chip.takeTrace(100)).toEqual(new Uint8Array(0));
    const write = (address: number, value: number) => expect(chip.busWrite(address, 4, value)).toBe(true);
    write(0xe000edfc, 1 << 24);
    write(0xe0042004, 0x20);
    write(0xe00400f0, 2);
    write(0xe0040010, 3);
    write(0xe0040304, 0x100);
    write(0xe0000fb0, 0xc5acce55);
    write(0xe0000e80, 0x10005);
    write(0xe0000e00, 1);
    expect(chip.traceBaud).toBe(2e6);
    run(20);
    const bytes = Buffer.from(chip.takeTrace(1000)).toString("latin1");
    expect(bytes).toMatch(/(\x01[tick\n]){20}/);
  });

  it("answers the debugger with ST's ROM table", () => {
    const { chip } = createBoard("bluepill");
    const words = [0, 4, 8, 12, 16].map((offset) => chip.busRead(0xe00ff000 + offset, 4));
    expect(words).toEqual([0xfff0f003, 0xfff02003, 0xfff03003, 0xfff01003, 0xfff41003]);
    const id = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xfd0].map((offset) => chip.busRead(0xe00ff000 + offset, 4));
    expect(id).toEqual([0x10, 0x04, 0x0a, 0, 0]);
  });
});
