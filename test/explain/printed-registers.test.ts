/** What users print in a debugger, and what programs stand in: registers by address, semihosting, checks of an operating system's. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
const gdb = ["Reading symbols from app.elf...", "(gdb) target extended-remote :3333", "Remote debugging using :3333"];
const trap = "Program received signal SIGTRAP, Trace/breakpoint trap.";

describe("words that a debugger prints", () => {
  it("are reset flags at the address that a family has them at", () => {
    const told = found(...gdb, "(gdb) p/x *(unsigned int*)0x40023874", "$3 = 0x24000000");
    expect(told[0]).toMatchObject({ code: "watchdog-resets" });
    expect(told[0].cause).toContain("IWDGRSTF");
    expect(codes(...gdb, "(gdb) x/wx 0x40021094", "0x40021094:\t0x44000000")).toEqual(["watchdog-resets"]);
    expect(codes("Open On-Chip Debugger 0.12.0", "> mdw 0x40021024", "0x40021024: 24000000 ")).toEqual([
      "watchdog-resets",
    ]);
    expect(codes(...gdb, "(gdb) p/x *(unsigned int*)0x40023870", "$3 = 0x24000000")).toEqual([]);
    expect(codes(...gdb, "(gdb) p/x *(unsigned int*)0x40023874", "No symbol table.", "$3 = 0x24000000")).toEqual([]);
  });

  it("are fault registers, of which some hold an address only where another says so", () => {
    const handler = ["Program received signal SIGINT, Interrupt.", "HardFault_Handler () at src/it.c:80"];
    const block = (cfsr: string) => `0xe000ed28:\t${cfsr}\t0x40000000\t0x00000000\t0xe000ed34`;
    const told = found(
      ...gdb,
      ...handler,
      "(gdb) x/6xw 0xE000ED28",
      block("0x00008200"),
      "0xe000ed38:\t0x20030000\t0x00000000",
    );
    expect(told[0].code).toBe("firmware-faults");
    expect(told[0].cause).toContain("0x20030000");
    const other = found(
      ...gdb,
      ...handler,
      "(gdb) x/6xw 0xE000ED28",
      block("0x00020000"),
      "0xe000ed38:\t0x20030000\t0x00000000",
    );
    expect(other[0].cause).not.toContain("0x20030000");
  });
});

describe("a program that is back at its first instruction", () => {
  const main = "Breakpoint 1, log_flush (lg=0x20001a40) at Core/Src/log.c:21";
  const back = [trap, "Reset_Handler () at startup_stm32f446xx.s:62"];

  it("was reset, where it had been stopped in itself and nobody asked for it", () => {
    const [once] = found(...gdb, main, ...back);
    expect(once).toMatchObject({ code: "resets-again-and-again", certainty: "likely" });
    expect(once.cause).toContain("Reset_Handler");
    expect(found(...gdb, main, ...back, main, ...back)[0].cause).toContain("2 resets");
    expect(codes(...gdb, main, "(gdb) monitor reset halt", ...back)).toEqual([]);
    expect(codes(...gdb, ...back)).toEqual([]);
    const start = ["Breakpoint 2, main () at Src/main.c:71", "71\t  HAL_Init();", "Continuing."];
    const loop = ["Breakpoint 2, main () at Src/main.c:98", "98\t    toggle();", "Continuing."];
    expect(codes(...gdb, ...loop, ...loop, ...loop)).toEqual([]);
    expect(codes(...gdb, start[1], "(gdb) list", start[1], start[1])).toEqual([]);
    expect(found(...gdb, ...start, ...start, ...start)[0].cause).toContain("2 resets");
    expect(codes(...gdb, ...start, "(gdb) run", ...start, "(gdb) monitor reset halt", ...start)).toEqual([]);
  });
});

describe("a program that waits at a call of semihosting", () => {
  it("is told by the C library's function or by the instruction", () => {
    expect(codes(...gdb, trap, "0x08001234 in initialise_monitor_handles ()")[0]).toBe("semihosting-off");
    expect(codes(...gdb, trap, "0x08001234 in put ()", "(gdb) x/i $pc", "=> 0x8001234 <put+4>:\tbkpt\t0x00ab")[0]).toBe(
      "semihosting-off",
    );
    expect(codes(...gdb, trap, "0x08001234 in put ()", "(gdb) x/i $pc", "=> 0x8001234 <put+4>:\tbkpt\t0x0000")).toEqual(
      [],
    );
  });
});

describe("FreeRTOS' checks", () => {
  it("are the program's own end", () => {
    const line = "761\t\t\tconfigASSERT( ucCurrentPriority >= ucMaxSysCallPriority );";
    const place = "0x0800a1e4 in vPortValidateInterruptPriority () at FreeRTOS/Source/portable/GCC/ARM_CM4F/port.c:761";
    const [first] = found("Program received signal SIGINT, Interrupt.", place, line);
    expect(first.code).toBe("program-gave-up");
    const queue = "0x08008f66 in xQueueGenericSend (xQueue=0x0) at FreeRTOS/Source/queue.c:821";
    expect(
      codes(...gdb, "Program received signal SIGINT, Interrupt.", queue, "821\t\tconfigASSERT( pxQueue );")[0],
    ).toBe("program-gave-up");
    expect(
      codes(...gdb, "Program received signal SIGINT, Interrupt.", queue, "821\t\tpxQueue->uxMessagesWaiting++;"),
    ).toEqual([]);
  });
});

describe("a stack behind the RAM of the chip", () => {
  const chip = [
    "STM32CubeProgrammer v2.17.0",
    "ST-LINK FW  : V2J43M28",
    "Device ID   : 0x431",
    "Device name : STM32F411xC/E",
  ];
  const sp = "sp             0x20030000          0x20030000";

  it("is told where the core came to grief, with the first that was seen", () => {
    const locked = ["sp             0x2002ffe0          0x2002ffe0", "pc             0xfffffffe          0xfffffffe"];
    const [told] = found(...chip, ...gdb, sp, ...locked);
    expect(told).toMatchObject({ code: "elf-stack-outside-ram", certainty: "likely" });
    expect(told.cause).toContain("0x20030000");
    expect(codes(...chip, ...gdb, sp)).not.toContain("elf-stack-outside-ram");
    expect(codes(...chip, ...gdb, sp.replaceAll("20030000", "20020000"), locked[1])).not.toContain(
      "elf-stack-outside-ram",
    );
  });
});

describe("a loop that the program does not leave", () => {
  const stop = "Program received signal SIGINT, Interrupt.";

  it("waits for a supply of the core's that the board does not have", () => {
    const place = [
      "0x0800061e in SystemClock_Config () at Core/Src/main.c:171",
      "171\t  while(!__HAL_PWR_GET_FLAG(PWR_FLAG_VOSRDY)) {}",
    ];
    const [told] = found(...gdb, stop, ...place);
    expect(told).toMatchObject({ code: "supply-configuration", certainty: "likely" });
    expect(told.cause).toContain("VOSRDY");
    expect(codes(...gdb, stop, place[0], "171\t  while(!ready) {}")).toEqual([]);
  });

  it("is the start-up file's for every interrupt without a handler", () => {
    const at = (file: string) => [stop, `ADC1_COMP_IRQHandler () at Core/Startup/${file}:96`, "96\t  b Infinite_Loop"];
    expect(codes(...gdb, ...at("startup_stm32g0b1retx.s"))[0]).toBe("unhandled-interrupt");
    expect(codes(...gdb, ...at("stm32g0xx_it.c"))).toEqual([]);
  });
});
