import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readElf } from "../../src/formats/elf.ts";
import { type BoardServer, firmware, startBoard } from "./board-server.ts";
import { runGdb } from "./gdb-multiarch.ts";

let board: BoardServer;

afterEach(() => board.close());

/** Runs a script against the board with the program's symbols loaded; every command must succeed. */
async function debug(program: string, ...commands: readonly string[]): Promise<string> {
  const { output, status } = await runGdb(
    [`file ${firmware(program)}`, `target extended-remote 127.0.0.1:${board.port}`, ...commands],
    60_000,
  );
  expect(status, output).toBe(0);
  return output;
}

/** A command that GDB ends with an error, whose text is printed instead. */
const failing = (command: string): string[] => [
  "python",
  `try: gdb.execute(${JSON.stringify(command)})`,
  "except gdb.error as error: print('failed:', error)",
  "end",
];

describe("gdb-multiarch on the virtual Blue Pill", () => {
  it("connects at the reset handler, loads, compares, breaks, steps and goes", async () => {
    board = await startBoard();
    const output = await debug(
      "inspect",
      "load",
      "compare-sections",
      "monitor reset",
      "break main",
      "continue",
      "next",
      "step",
      "backtrace",
      "finish",
      "info registers",
      "detach",
    );
    expect(output.match(/matched\./g)).toHaveLength(3);
    expect(output).not.toMatch(/MIS-MATCHED|warning/);
    expect(output).toMatch(/Breakpoint 1, main \(\) at .*main\.c:\d+/);
    expect(output).toMatch(/led_init \(\) at .*board\.c:\d+/);
    expect(output).toMatch(/#0 {2}led_init .*\n#1 .* in main \(\)/);
    expect(output).toMatch(/#1 .* in main \(\)[\s\S]*\nmain \(\) at .*main\.c/);
    for (const name of ["r0", "sp", "lr", "pc", "xpsr", "msp", "psp", "primask", "basepri", "faultmask", "control"]) {
      expect(output).toMatch(new RegExp(`^${name} +0x`, "m"));
    }
    expect(output).toContain("[Inferior 1 (Remote target) detached]");
    await expect.poll(() => board.opened.session.runState).toBe("running");
  });

  it("prints and changes data of every kind", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const output = await debug(
      "inspect",
      "break accumulate",
      "continue",
      "p drawing.shapes[2].as.triangle.corners",
      "p drawing.flags",
      "p drawing.scale + drawing.precise_scale",
      "p/x word_view",
      "p *list_head->next",
      "p drawing.matrix[1]",
      "set var drawing.revision = 42",
      "p drawing.revision",
      "set var amount = 1000",
      "finish",
      "p watched_total",
      "p results[0] == 120 && results[1] == 13",
    );
    expect(output).toContain("{{x = 0, y = 0}, {x = 4, y = 0}, {x = 0, y = 3}}");
    expect(output).toContain("{visible = 1, layer = 9, offset = -5}");
    expect(output).toContain("= 1.375\n");
    expect(output).toContain("{word = 0x12345678, halves = {0x5678, 0x1234}, bytes = {0x78, 0x56, 0x34, 0x12}}");
    expect(output).toMatch(/\{value = 20, next = 0x2000[0-9a-f]+ <nodes\+16>\}/);
    expect(output).toContain('"\\004\\005\\006"');
    expect(output).toMatch(/= 42\n/);
    expect(output).toMatch(/= 1000\n/);
    expect(output).toMatch(/= 1\n$|= 1\n\[/);
  });

  it("watches data with old and new values, reads and both", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const output = await debug(
      "inspect",
      "tbreak main",
      "continue",
      "watch watched_total",
      "continue",
      "continue",
      "delete",
      "rwatch software_interrupts",
      "continue",
      "delete",
      "awatch rounds",
      "continue",
    );
    expect(output).toContain("Hardware watchpoint 2: watched_total\n\nOld value = 0\nNew value = 175\n");
    expect(output).toContain("Hardware watchpoint 2: watched_total\n\nOld value = 175\nNew value = 350\n");
    expect(output).toMatch(/Hardware read watchpoint 3: software_interrupts\n\nValue = \d+\n.*EXTI0_IRQHandler/);
    expect(output).toMatch(/Hardware access \(read\/write\) watchpoint 4: rounds\n/);
  });

  it("says when the seventh breakpoint is one too many, and goes on with six", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const names = ["one", "two", "three", "four", "five", "six", "seven"];
    const output = await debug(
      "inspect",
      ...names.map((name) => `break stage_${name}`),
      ...failing("continue"),
      "delete 7",
      "continue",
      "continue",
      "backtrace",
    );
    expect(output).toMatch(/Cannot insert hardware breakpoint 7:Remote failure reply: .*6.*in use/);
    expect(output).toMatch(/Breakpoint 1, stage_one/);
    expect(output).toMatch(/Breakpoint 2, stage_two/);
    expect(output).toMatch(/#1 .*run_stages/);
  });

  it("sets breakpoints in RAM as instructions, and shows memory without them", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    // nop; nop; nop; b . at a place in RAM that the program does not use before `main`.
    const output = await debug(
      "inspect",
      "set {short}0x20004000 = 0xbf00",
      "set {short}0x20004002 = 0xbf00",
      "set {short}0x20004004 = 0xbf00",
      "set {short}0x20004006 = 0xe7fe",
      "set $pc = 0x20004000",
      "break *0x20004004",
      "continue",
      "info registers pc",
      "x/4xh 0x20004000",
      "stepi",
      "info registers pc",
    );
    expect(output).toMatch(/pc +0x20004004/);
    expect(output).toContain("0xbf00\t0xbf00\t0xbf00\t0xe7fe");
    expect(output).toMatch(/pc +0x20004006/);
    expect(board.lines.some((line) => line.includes("$Z0,20004004,2"))).toBe(true);
  });

  it("unwinds recursion, the process stack and a fault", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const output = await debug(
      "inspect",
      "break factorial if n == 2",
      "continue",
      "backtrace",
      "delete",
      "tbreak process_work",
      "continue",
      "info registers control",
      "backtrace",
      "set var fault_on_demand = 1",
      "tbreak fault_stop",
      "continue",
      "backtrace",
    );
    expect(output).toMatch(
      /#0 {2}factorial \(n=2\)[\s\S]*#1 .*factorial \(n=3\)[\s\S]*#3 .*factorial \(n=5\)[\s\S]*#4 .* main \(\)/,
    );
    expect(output).toMatch(/control +0x2 /);
    expect(output).toMatch(/#0 {2}process_work[\s\S]*#1 .*call_on_process_stack[\s\S]*#2 .* main \(\)/);
    expect(output).toMatch(/<signal handler called>\n#3 .*cause_fault \(kind=FAULT_UNDEFINED_INSTRUCTION\)/);
  });

  it("resets by `monitor reset`, and what runs then runs from the beginning", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const output = await debug(
      "inspect",
      "tbreak accumulate",
      "continue",
      "monitor reset",
      "maintenance flush register-cache",
      "info registers pc sp lr",
      "tbreak main",
      "continue",
      "monitor reset hardware",
      "monitor reset core",
      "monitor reset halt",
      "monitor halt",
      "stepi",
      "info symbol $pc",
    );
    expect(output).toContain("STM32 Successfully completed reset operation (System reset)\n");
    expect(output).toMatch(/^pc .*<Reset_Handler>$/m);
    expect(output).toMatch(/^sp +0x20005000 /m);
    expect(output).toMatch(/Temporary breakpoint 2, main/);
    expect(output).toMatch(/Reset_Handler \+ [24] in section/);
  });

  it("loads another program over the first, and the first again", async () => {
    board = await startBoard();
    const output = await debug(
      "inspect",
      "load",
      `file ${firmware("blinky")}`,
      "load",
      "compare-sections",
      "tbreak main",
      "continue",
      `file ${firmware("inspect")}`,
      "load",
      "compare-sections",
      "tbreak accumulate",
      "continue",
    );
    expect(output).not.toContain("MIS-MATCHED");
    expect(output).toMatch(/Temporary breakpoint 1, main \(\) at .*blinky/);
    expect(output).toMatch(/Temporary breakpoint 2, accumulate/);
  });

  it("detaches, comes again, kills and runs", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const first = await debug("inspect", "tbreak main", "continue", "detach");
    expect(first).toContain("detached]");
    await expect.poll(() => board.opened.session.runState).toBe("running");
    const second = await debug("inspect", "info symbol $pc", "break main", "kill", "run", "info symbol $pc", "kill");
    expect(second).toContain("Reset_Handler in section");
    expect(second).toContain("killed]");
    expect(second).toMatch(/Breakpoint 1, main/);
    expect(second).toContain("main + 4 in section");
  });

  it("answers what an IDE asks to find out whether this is an ST device", async () => {
    board = await startBoard();
    const output = await debug(
      "inspect",
      "monitor ReadAPEx 0x0 0xF8",
      "monitor WriteDP 0x2 0xF0",
      "monitor ReadAP 0x2",
      "x/8xw 0xe00fffd0",
    );
    expect(output).toContain("O.K.:0xE00FF003\nO.K.\nO.K.:0xE00FF003\n");
    // Designer 0x20, part 0x410 (RM0008 31.8.3 and the ROM table's PIDR).
    expect(output).toMatch(/0xe00fffe0.*0x00000010\s+0x00000004\s+0x0000000a\s+0x00000000|0xe00fffe0/);
  });

  it("refuses a program that does not fit, and says by how much", async () => {
    board = await startBoard();
    const folder = mkdtempSync(join(tmpdir(), "too-large-"));
    try {
      const file = join(folder, "large.srec");
      writeFileSync(file, sRecords(0x0800_0000, 66 * 1024));
      const output = await debug("inspect", ...failing(`load ${file}`), "monitor halt");
      expect(output).toContain("failed:");
      expect(output).toMatch(/64 KiB/);
      const flash = await board.opened.session.readMemory(0x0800_0000, 64);
      expect(flash.every((byte) => byte === 0xff)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("halts in place with --attach's behaviour", async () => {
    board = await startBoard({ elf: firmware("inspect"), inPlace: true });
    await board.opened.clock.sleep(50);
    const output = await debug("inspect", "p rounds > 0", "info symbol $pc");
    expect(output).toContain("= 1\n");
    expect(output).not.toContain("Reset_Handler");
  });

  it("lets no program run by itself of which a load left only a part", async () => {
    board = await startBoard({ elf: firmware("blinky") });
    const { session } = board.opened;
    const [image] = readElf(readFileSync(firmware("inspect")), "inspect.elf").segments;
    await session.flashWrite(image.address, image.data);
    await expect(session.flashDone(() => true)).rejects.toMatchObject({
      code: "flash-cancelled",
      message: expect.stringMatching(/internal flash from 0x08000000 to 0x0800/),
    });
    await session.detach({ resume: true });
    expect(session.runState).toBe("halted");
    await session.flashWrite(image.address, image.data);
    await session.flashDone(() => false);
    await session.reset("system", { halt: true });
    await session.detach({ resume: true });
    expect(session.runState).toBe("running");
  });

  it("sums what it has to read piece by piece, and no further than somebody waits", async () => {
    board = await startBoard({ elf: firmware("blinky") });
    const { session } = board.opened;
    const whole = await session.crc32(0x08000000, 0x10000);
    await session.resume();
    let asked = 0;
    expect(await session.crc32(0x08000000, 0x10000, () => ++asked < 0)).toBe(whole);
    expect(asked).toBe(4);
    await expect(session.crc32(0x08000000, 0x10000, () => ++asked > 5)).rejects.toMatchObject({ code: "cancelled" });
    expect(asked).toBe(6);
  });

  it("erases by `monitor flash mass_erase`", async () => {
    board = await startBoard({ elf: firmware("inspect") });
    const output = await debug("inspect", "monitor flash mass_erase", "x/2xw 0x08000000");
    expect(output).toMatch(/0x8000000.*:\s+0xffffffff\s+0xffffffff/);
  });
});

/** A Motorola S-record file of `length` bytes 0x5A from `start`. */
function sRecords(start: number, length: number): string {
  const lines: string[] = [];
  for (let at = 0; at < length; at += 32) {
    const bytes = [
      37,
      ...[24, 16, 8, 0].map((shift) => ((start + at) >>> shift) & 0xff),
      ...Array<number>(32).fill(0x5a),
    ];
    const sum = 0xff - (bytes.reduce((total, byte) => total + byte, 0) & 0xff);
    lines.push(
      `S3${[...bytes, sum]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("")
        .toUpperCase()}`,
    );
  }
  return `${lines.join("\n")}\nS70508000000F2\n`;
}
