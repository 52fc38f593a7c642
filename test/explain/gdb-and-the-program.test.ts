/** What GDB shows of a program: what its file lacks, where it waits, and what a reset found at the start of flash. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
const connected = ["(gdb) target extended-remote :3333", "Remote debugging using :3333"];
const at = (pc: string, sp: string) => [
  "[stm32f4x.cpu] halted due to debug-request, current mode: Thread ",
  `xPSR: 0x01000000 pc: ${pc} msp: ${sp}`,
];

describe("a program's file without debug information", () => {
  const reading = ["Reading symbols from out/meter.elf...", "(No debugging symbols found in out/meter.elf)"];

  it("is missed when lines or names are asked for", () => {
    const stepped = [
      "(gdb) next",
      "Single stepping until exit from function main,",
      "which has no line number information.",
    ];
    for (const asked of [
      stepped,
      ['No symbol table is loaded.  Use the "file" command.'],
      ["No source file named main.c."],
    ]) {
      const [first] = found(...reading, ...connected, ...asked);
      expect(first).toMatchObject({ code: "no-debug-info", certainty: "likely" });
      expect(first.cause).toContain("meter.elf has no debug information");
    }
  });

  it("hinders nothing until then, and a file of another name may be all that is wrong", () => {
    expect(codes(...reading, ...connected, "(gdb) monitor reset halt", ...at("0x080001a0", "0x20020000"))).toEqual([]);
    expect(codes("Reading symbols from out/meter.elf...", ...connected, "No source file named main.c.")).toEqual([]);
  });

  it("is no file at all where GDB was given none", () => {
    const [first] = found(
      "(gdb) target extended-remote :4242",
      "0x080001a0 in ?? ()",
      "(gdb) break main",
      'No symbol table is loaded.  Use the "file" command.',
    );
    expect(first.code).toBe("no-debug-info");
    expect(first.cause).toContain("no program's file");
  });
});

describe("a program for this computer in a GDB that knows ARM", () => {
  const rejected = [
    "warning: Selected architecture i386:x86-64 is not compatible with reported target architecture arm",
    "warning: Architecture rejected target-supplied description",
    "Truncated register 8 in remote 'g' packet",
  ];

  it("is what does not fit", () => {
    const [first, ...others] = found(
      "$ gdb-multiarch test_app",
      "Reading symbols from test_app...",
      ...connected,
      ...rejected,
    );
    expect(first).toMatchObject({ code: "program-unusable", certainty: "likely" });
    expect(first.cause).toContain("i386:x86-64");
    expect(others).toEqual([]);
  });

  it("may as well be a GDB that does not know ARM, where the file is the chip's", () => {
    expect(codes("$ gdb app.elf", "Reading symbols from app.elf...", ...connected, ...rejected)).toEqual([
      "gdb-without-arm",
    ]);
  });
});

describe("commands that are not for this server", () => {
  it("are GDB's own run, which wants an operating system", () => {
    const [first] = found(
      ...connected,
      "(gdb) run",
      'The "remote" target does not support "run".  Try "help target" or "continue".',
    );
    expect(first).toMatchObject({ code: "option-unknown", certainty: "certain" });
    expect(first.remedy.join()).toContain("`continue`");
  });

  it("are monitor commands of another one", () => {
    const [first] = found(
      "(gdb) target extended-remote :4242",
      "(gdb) monitor arm semihosting enable",
      "Target does not support this command.",
    );
    expect(first.code).toBe("option-unknown");
    expect(first.cause).toContain("arm semihosting enable");
  });
});

describe("a program that was stopped in a loop", () => {
  const stopped = (source: string, signal = "SIGINT, Interrupt") => [
    ...connected,
    "(gdb) continue",
    "Continuing.",
    `Program received signal ${signal}.`,
    "read_sensor () at src/i2c.c:41",
    source,
  ];

  it("waits for a bit of a peripheral's register", () => {
    for (const condition of [
      "!(I2C2->ISR & I2C_ISR_RXNE)",
      "__HAL_ADC_GET_FLAG(&hadc1, ADC_FLAG_EOC) == RESET",
      "!LL_SPI_IsActiveFlag_RXNE(SPI1)",
    ]) {
      const [first] = found(...stopped(`41\t    while (${condition});`));
      expect(first).toMatchObject({ code: "program-waits", certainty: "possible" });
      expect(first.cause).toContain(condition);
    }
  });

  it("does no more where it was met elsewhere later", () => {
    const waits = stopped("41\t    while (!(I2C2->ISR & I2C_ISR_RXNE));");
    const again = ["(gdb) continue", "Continuing.", "Program received signal SIGINT, Interrupt."];
    expect(codes(...waits, ...again, "0x08000a12 in idle () at src/main.c:77")).toEqual([]);
    // A back-trace of the same stop is no other place.
    expect(codes(...waits, "(gdb) bt", "#0  0x08000412 in read_sensor () at src/i2c.c:41")).toEqual(["program-waits"]);
  });

  it("does not where it sends, counts, or met a breakpoint", () => {
    expect(codes(...stopped("41\t    while (!(USART2->SR & USART_SR_TXE));"))).toEqual([]);
    expect(codes(...stopped("41\t    while ((int32_t)(ticks - due) < 0) {"))).toEqual([]);
    expect(codes(...stopped("41\t    while (!(I2C2->ISR & I2C_ISR_RXNE));", "SIGTRAP, Trace/breakpoint trap"))).toEqual(
      [],
    );
  });
});

describe("what a reset takes from the start of flash", () => {
  const load = (section: string, lma: string) => [
    `Loading section ${section}, size 0x200 lma ${lma}`,
    `Start address ${lma}, load size 512`,
    "Transfer rate: 2 KB/sec, 256 bytes/write.",
    "(gdb) monitor reset halt",
  ];

  it("is code where the vector table was left out, whatever GDB believes of the registers", () => {
    const log = [...connected, ...load(".text", "0x8000000"), ...at("0xf000f81e", "0xf000b508")];
    expect(
      found(...log, "(gdb) info registers pc sp", "sp             0x20004fc8          0x20004fc8")[0],
    ).toMatchObject({
      code: "vector-table-empty",
      certainty: "likely",
    });
  });

  it("was good where the program locked up later", () => {
    const lockup = [
      "Program received signal SIGINT, Interrupt.",
      "warning: ARM M in lockup state, stack unwinding terminated.",
      "sp             0x1fffff60          0x1fffff60",
      "pc             0xfffffffe          0xfffffffe",
    ];
    const log = (...reset: readonly string[]) => [...connected, ...load(".vectors", "0x8000000"), ...reset, ...lockup];
    expect(codes(...log(...at("0x0800012e", "0x20005000")))[0]).toBe("core-lockup");
    expect(codes(...log())[0]).toBe("vector-table-empty");
  });

  it("is another program's, which does not start the one behind it", () => {
    const log = (pc: string) => [
      "Reading symbols from app.elf...",
      ...connected,
      ...load(".isr_vector", "0x8008000"),
      ...at("0x08000230", "0x20020000"),
      "(gdb) continue",
      "Program received signal SIGINT, Interrupt.",
      `${pc} in ?? ()`,
    ];
    const [first] = found(...log("0x08000260"));
    expect(first).toMatchObject({ code: "elf-starts-late", certainty: "likely" });
    expect(first.cause).toContain("0x08000260");
    expect(codes(...log("0x08008120"))).not.toContain("elf-starts-late");
    // Where the core stood before the load tells nothing of it.
    expect(codes(...connected, "0x08000260 in ?? ()", ...load(".isr_vector", "0x8008000"))).not.toContain(
      "elf-starts-late",
    );
    // In ST's boot loader it is another story.
    expect(codes(...log("0x1fff0260"))).not.toContain("elf-starts-late");
  });
});

describe("a handler of nothing in which the core was met", () => {
  const stood = [...connected, "Default_Handler () at src/startup.c:11", "11\t    for (;;) {"];
  const load = ["Loading section .text, size 0x200 lma 0x8000000", "Start address 0x8000100, load size 512"];

  it("was the last program's, once another one is loaded", () => {
    expect(codes(...stood)).toEqual(["unhandled-interrupt"]);
    expect(codes(...stood, ...load, "(gdb) continue")).toEqual([]);
    expect(codes(...load, ...stood)).toEqual(["unhandled-interrupt"]);
  });
});

describe("a program that was loaded into RAM", () => {
  const load = (lma: string) => [
    ...connected,
    `Loading section .text, size 0x200 lma ${lma}`,
    `Start address ${lma}, load size 512`,
    "(gdb) monitor reset run",
    "(gdb) monitor halt",
  ];

  it("is not what a reset starts", () => {
    const [first] = found(...load("0x20000000"), ...at("0x080001f0", "0x20004fe8"));
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely", severity: "warning" });
    expect(first.cause).toContain("0x080001F0");
  });

  it("runs where the core is met in it, and one in flash is another case", () => {
    expect(codes(...load("0x20000000"), ...at("0x200001f0", "0x20004fe8"))).toEqual([]);
    expect(codes(...load("0x8000000"), ...at("0x080001f0", "0x20004fe8"))).toEqual([]);
    const before = [...connected, "(gdb) monitor halt", ...at("0x080001f0", "0x20004fe8")];
    expect(codes(...before, ...load("0x20000000"))).toEqual([]);
    // GDB's own picture of the registers, by itself.
    expect(codes(...before, ...load("0x20000000"), "pc             0x80001f0           0x80001f0 <main>")).toEqual([]);
  });
});

describe("the tick of ST's HAL", () => {
  const look = (first: string, second: string, between = "Continuing.") => [
    ...connected,
    "(gdb) p uwTick",
    `$1 = ${first}`,
    "(gdb) continue",
    between,
    "(gdb) p uwTick",
    `$2 = ${second}`,
  ];

  it("stands still when it has one value before and after the program ran", () => {
    expect(found(...look("0", "0"))[0]).toMatchObject({ code: "program-waits", certainty: "likely" });
    expect(found(...look("0x1f4", "0x1f4"))[0].cause).toContain("stands still at 0x1f4");
  });

  it("counts, or was not given the time to", () => {
    expect(codes(...look("17", "520"))).toEqual([]);
    expect(codes(...look("17", "17", ""))).toEqual([]);
  });
});

describe("a part of the program that is for external memory", () => {
  const log = (bfar: string, ...more: readonly string[]) => [
    ...connected,
    ...more,
    "Loading section .extflash, size 0x1000 lma 0x90000000",
    "Loading section .text, size 0x110 lma 0x8000000",
    "Start address 0x0800018e, load size 4604",
    "Program received signal SIGINT, Interrupt.",
    "Default_Handler () at src/startup.c:11",
    "(gdb) p/x *(uint32_t*)0xE000ED38",
    `$1 = ${bfar}`,
  ];

  it("was not written where the program's access to it faults", () => {
    const [first, ...others] = found(...log("0x90000010"));
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(first.cause).toContain("0x90000000");
    expect(others.map(({ code }) => code)).not.toContain("unhandled-interrupt");
  });

  it("is not what faults elsewhere", () => {
    for (const bfar of ["0x40021000", "0x91000000"]) expect(codes(...log(bfar))).not.toContain("image-outside-flash");
  });
});
