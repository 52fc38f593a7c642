/** Where GDB shows the core: handlers, last functions, memories that are no program's. */
import type { MessageGroup } from "./message-group.ts";

const gdbAtTarget = [
  "GNU gdb (Arm GNU Toolchain 13.2.rel1) 13.2.90.20231008-git",
  "Remote debugging using localhost:3333",
  "(gdb) continue",
  "Continuing.",
];

export const placeMessages: readonly MessageGroup[] = [
  {
    tool: "GDB, of the place where the core stands",
    before: gdbAtTarget,
    messages: [
      ["#0  HardFault_Handler () at Core/Src/stm32l4xx_it.c:93\n#1  <signal handler called>", "firmware-faults"],
      ["#0  0x08000c1e in cortex_m_rt::HardFault_ (ef=0x20001f70) at src/lib.rs:812", "firmware-faults"],
      ["#0  0x08000c1e in app::faulty::handler_of_hard_things () at src/lib.rs:31", "none"],
      ["0 HardFault_Handler ()\n1 (signal handler called)\n2 0x080004f0 in foo ()", "firmware-faults"],
      ["#0  0x08000ab0 in BusFault_Handler ()", "firmware-faults"],
      [
        "#0  show_frame (sp=0x20004f00) at fault.c:12\n#1  0x08000f10 in HardFault_Handler () at fault.c:40",
        "firmware-faults",
      ],
      ["xpsr           0x21000003          553648131", "firmware-faults"],
      ["\tHardFault_Handler() at stm32g4xx_it.c:86 0x8000f1c", "firmware-faults"],
      ["#0  0x08000a3c in WWDG_IRQHandler ()", "unhandled-interrupt"],
      ["WWDG_IRQHandler () at startup/startup_stm32f103xb.s:115", "unhandled-interrupt"],
      ["#0  0x08000a3c in ADC1_2_IRQHandler () at ../startup_stm32g431xx.s:110", "unhandled-interrupt"],
      ["#0  0x08000a3c in ADC1_2_IRQHandler () at Core/Src/stm32g4xx_it.c:110", "none"],
      ["#0  Default_Handler () at startup_stm32l476xx.s:115", "unhandled-interrupt"],
      ["#0  _unhandled_exception () at os/common/startup/vectors.c:190", "unhandled-interrupt"],
      ["blocking_handler () at libopencm3/lib/cm3/vector.c:104", "unhandled-interrupt"],
      ["pc             0x8000a3c           0x8000a3c <Default_Handler>", "unhandled-interrupt"],
      ["#0  prvTaskExitError () at Middlewares/FreeRTOS/port.c:197", "program-gave-up"],
      ["#0  vAssertCalled (file=0x80021f0, line=4) at main.c:3", "program-gave-up"],
      ["Error_Handler () at Core/Src/main.c:212", "program-gave-up"],
      ["_exit (status=1) at Core/Src/syscalls.c:80", "program-gave-up"],
      ["#0  0x08004d10 in abort ()", "program-gave-up"],
      ["#0  __stack_chk_fail () at ssp.c:3", "program-gave-up"],
      ["#0  0x1fff5a2e in ?? ()", "boot-not-from-flash"],
      ["0x0bf9a1c2 in ?? ()", "boot-not-from-flash"],
      ["pc             0x1ff00a2e          0x1ff00a2e", "boot-not-from-flash"],
      ["(gdb) print $pc\n$1 = (void (*)(void)) 0x1ffff020", "boot-not-from-flash"],
      ["0xfffffffe in ?? ()", "vector-table-empty"],
      ["0xeffffffe in ?? ()", "vector-table-empty"],
      ["0x40021000 in ?? ()", "firmware-faults"],
      ["0xe000ed08 in ?? ()", "firmware-faults"],
      ["0xa05f0000 in ?? ()", "not-enough-to-tell"],
      ["0xa05f0001 in ?? ()", "not-enough-to-tell"],
      ["0x90000268 in main () at Core/Src/main.c:80", "none"],
      ["0x24000268 in main () at Core/Src/main.c:80", "none"],
      ["0xc0000100 in ?? ()", "none"],
      ["#0  0x08000268 in main () at Core/Src/main.c:80", "none"],
      [
        "blocking_handler () at libopencm3/lib/cm3/vector.c:104\nTruncated register 17 in remote 'g' packet",
        "not-enough-to-tell|gdb-without-arm",
      ],
    ],
  },
  {
    tool: "GDB, two lines of a back-trace",
    // In the middle of a post, which is not as short as an excerpt.
    before: [..."it stood still again so I had a look and saw".split(" "), "(gdb) where"],
    messages: [
      ["#0  0x1fffec44 in ?? ()\nBacktrace stopped: previous frame identical to this frame", "boot-not-from-flash"],
    ],
  },
  {
    tool: "GDB for ARM",
    before: ["$ arm-none-eabi-gdb app.elf", "(gdb) target remote :3333"],
    messages: [["Remote 'g' packet reply is too long (expected 168 bytes, got 192 bytes): 00", "versions-differ"]],
  },
  {
    tool: "GDB's machine interface",
    before: ['-> ~"GNU gdb (GNU Arm Embedded Toolchain) 10.1\\n"'],
    messages: [
      [
        '*stopped,reason="signal-received",signal-name="SIGINT",signal-meaning="Interrupt",frame={addr="0x08000a3c",func="HardFault_Handler",args=[]},thread-id="1"',
        "firmware-faults",
      ],
    ],
  },
  {
    tool: "an IDE's dialog that was cut",
    before: ["Starting the debugger"],
    messages: [
      [
        "Error in final launch sequence\nFailed to execute MI command:\n-target-select remote localhost:61234",
        "gdb-server-gone",
      ],
    ],
  },
];
