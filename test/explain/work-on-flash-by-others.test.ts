/** Work on flash as the program, the linker or the user has it: behind a boot loader, by itself, broken off by a key. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a program that is linked behind a boot loader", () => {
  const link = (offset: string) =>
    `arm-none-eabi-g++ -o .pio/build/board/firmware.elf -T ld.script -mcpu=cortex-m4 -Wl,--defsym=LD_FLASH_OFFSET=${offset} main.o`;
  const session = (command: string, pc: string, sp: string) => [
    `openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c "${command}"`,
    "Open On-Chip Debugger 0.11.0",
    "target halted due to debug-request, current mode: Thread",
    `xPSR: 0x01000000 pc: ${pc} msp: ${sp}`,
    "** Programming Started **",
    "** Programming Finished **",
    "** Verify Started **",
    "** Verified OK **",
  ];
  const running = ["0x08001e04", "0x20002a90"] as const;
  const erased = ["0xfffffffe", "0xfffffffc"] as const;
  const raw = (at: string, name = "firmware") => `program {.pio/build/board/${name}.bin} ${at} verify reset`;

  it("does not run where a raw image of it is written elsewhere", () => {
    const [first] = found(link("0x8000"), ...session(raw("0x08000000"), ...running));
    expect(first).toMatchObject({ code: "elf-starts-late", certainty: "likely" });
    expect(first.cause).toContain("0x08008000");
    expect(first.remedy[0]).toContain("0x08008000");
    const flashed = [
      "$ st-flash write build/firmware.bin 0x8000000",
      "st-flash 1.7.0",
      "2021-01-01T00:00:00 INFO common.c: Flash written and verified! jolly good!",
    ];
    expect(codes(link("32768"), ...flashed)[0]).toBe("elf-starts-late");
  });

  it("does where it is linked for, and a boot loader is another file", () => {
    for (const log of [
      [link("0x8000"), ...session(raw("0x08008000"), ...running)],
      [link("0x0"), ...session(raw("0x08000000"), ...running)],
      [link("0x8000"), ...session(raw("0x08000000", "bootloader"), ...running)],
      [...session(raw("0x08000000"), ...running), link("0x8000")],
    ]) {
      expect(codes(...log)).toEqual([]);
    }
  });

  it("is started by nobody where a reset found erased flash before it", () => {
    const elf = "program {.pio/build/board/firmware.elf} verify reset";
    const [first] = found(link("0x8000"), ...session(elf, ...erased));
    expect(first).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(first.cause).toContain("0x08008000");
    expect(codes(link("0x8000"), ...session(elf, ...running))).toEqual([]);
    expect(codes(link("0x0"), ...session(elf, ...erased))).toEqual([]);
  });
});

describe("a debug port that answers WAIT", () => {
  const run = (...printed: readonly string[]) =>
    found(
      "Running `probe-run --chip STM32G081KBUx --defmt target/thumbv6m-none-eabi/release/dimmer`",
      "  flashing program ..",
      "  DONE",
      "  resetting device",
      ...printed,
      "Error: A core architecture specific error occured",
      "    0: Failed to read register DRW at address 0xc",
      "    2: Command failed with status SwdDpWait",
    );

  it("behind a program that announced work on its flash is held up by that", () => {
    for (const words of ["config dirty, erasing page 63", "writing settings to flash", "flash write at 0x0801f800"]) {
      const [first] = run("0.000003 INFO  up", `0.000004 INFO  ${words}`);
      expect(first, words).toMatchObject({ code: "target-lost", certainty: "likely" });
      expect(first.cause).toContain("erased or wrote flash");
    }
  });

  it("behind one that printed something else says less, and nothing of the pins", () => {
    const findings = run("(HOST) INFO  success!", "0.000003 INFO  up", "0.000004 INFO  button: long press");
    expect(findings[0]).toMatchObject({ code: "target-lost", certainty: "possible" });
    expect(findings.filter(({ certainty }) => certainty !== "possible")).toEqual([]);
    expect(findings.map(({ code }) => code)).not.toContain("firmware-disables-swd");
  });

  it("is one that answers: a target that was lost without a word is told otherwise", () => {
    const lost = found(
      "STM32CubeProgrammer v2.16.0",
      "Connect mode: Normal",
      "Device ID   : 0x460",
      "Warning: Connection to device 0x460 is lost",
    );
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.map(({ cause }) => cause).join()).not.toContain("WAIT");
  });

  it("behind one that printed nothing is read as before", () => {
    expect(run()[0].code).toBe("firmware-low-power");
  });
});

describe("messages of defmt without a logger", () => {
  it("are no trouble of board or probe", () => {
    const [first] = found(
      "Running `probe-run --chip STM32G474RBTx target/thumbv7em-none-eabihf/debug/examples/adc`",
      "(HOST) INFO  flashing program (9 pages / 18.00 KiB)",
      "(HOST) INFO  success!",
      "Error: `.defmt` section found, but no version symbol - check your linker configuration",
    );
    expect(first).toMatchObject({ code: "rtt-not-found", certainty: "likely" });
    expect(first.remedy[0]).toContain("use defmt_rtt as _;");
  });
});

describe("work on flash that ^C ended", () => {
  const chip = [
    "st-flash 1.7.0",
    "2023-10-05T11:20:31 INFO common.c: F1xx High-density: 64 KiB SRAM, 256 KiB flash in at least 2 KiB pages.",
  ];
  const write =
    "2023-10-05T11:22:17 INFO common.c: Attempting to write 58812 (0xe5bc) bytes to stm32 address: 134217728 (0x8000000)";

  it("hung, and is to be tried with the program kept from running", () => {
    for (const log of [
      [...chip, "Mass erasing.......^C"],
      [...chip, write, "^C"],
    ]) {
      const [first] = found(...log);
      expect(first.code).toBe("not-enough-to-tell");
      expect(first.cause).toContain("^C");
      expect(first.remedy.join()).toContain("under-reset");
    }
  });

  it("did not where it had come to an end, failed, or is a server's", () => {
    const done = "2023-10-05T11:22:19 INFO common.c: Flash written and verified! jolly good!";
    expect(codes(...chip, write, done, "^C")).toEqual([]);
    expect(codes(...chip, write, "^C", ...chip, write, done)).toEqual([]);
    expect(codes("st-util 1.7.0", "2023-10-05T11:22:19 INFO gdb-server.c: Listening at *:4242...", "^C")).toEqual([]);
    const failed = "2023-10-05T11:22:19 ERROR common_flash.c: Flash memory is write protected";
    expect(found(...chip, write, failed, "^C")[0].code).not.toBe("not-enough-to-tell");
  });
});
