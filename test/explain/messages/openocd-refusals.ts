/** What OpenOCD refuses: names and words of its configuration, program files, requests to flash and for comparators. */
import { type MessageGroup, openocdAdapter, openocdAttached, openocdStarted } from "./message-group.ts";

/** At a chip, and no server: a command line that programs and ends. */
const programming = [
  ...openocdAdapter,
  "Info : [stm32g4x.cpu] Cortex-M4 r0p1 processor detected",
  "Info : [stm32g4x.cpu] target has 6 breakpoints, 4 watchpoints",
];

export const openocdRefusals: readonly MessageGroup[] = [
  {
    tool: "OpenOCD, names of its configuration",
    before: openocdStarted,
    messages: [
      ["Error: DAP 'stm32f1x.dap' not found", "config-unfit"],
      ["Error: Tap 'stm32g4x.cpu' could not be found", "config-unfit"],
      ["Error: unknown reset_config flag (under_reset)", "config-unfit"],
      ["Error: extra reset_config signal spec (none)", "config-unfit"],
      ["Error: hla_target: invalid parameter -ap-num (> 0)", "config-unfit"],
      ["Error: No transport named 'dapdirect_swd' is available.", "adapter-unfit"],
      ["Debug adapter doesn't support any transports?", "adapter-unfit"],
      [
        "Error: session transport was not selected. Use 'transport select <transport>'\nError: Transports available:\nError: jtag",
        "adapter-unfit",
      ],
      [
        "Warn : Device serial number '0670FF31' doesn't match requested serial '0671FF32'\nError: open failed",
        "probe-serial-missing",
      ],
      ["Info : No device matches the serial string\nError: open failed", "probe-serial-missing"],
    ],
  },
  {
    tool: "OpenOCD, the file that it programs",
    before: programming,
    messages: [
      ["Error: unhandled IHEX record type: 7", "program-unusable"],
      ["Error: unhandled S19 record type: 4", "program-unusable"],
      [
        "Error: premature end of IHEX file, no matching end-of-file record found\nError: failed buffering IHEX image, check server output for additional information",
        "program-unusable",
      ],
      ["Error: Too many sections found in IHEX file", "program-unusable"],
      ["Error: cannot read ELF file header, only partially read", "program-unusable"],
      ["Error: cannot read ELF segment content, read failed", "program-unusable"],
      ["Error: invalid ELF file, no loadable segments", "program-unusable"],
      [
        "Error: Section at 0x08002000 overlaps section ending at 0x08002400\nError: Flash write aborted.\n** Programming Failed **",
        "program-unusable",
      ],
      ["Error: Unknown image type: hex, use one of: bin, ihex, elf, mem, s19, build", "option-unknown"],
      ["Error: flash bank 1 does not exist", "config-unfit"],
      ["flash bank '1' not found", "config-unfit"],
      [
        "Error: write into gap from 0x08020000 to 0x0803ffff\nError: error writing to flash at address 0x08000000 at offset 0x0001f000",
        "image-outside-flash",
      ],
      ["Error: address range 0x08000100 .. 0x080001ff is not sector-aligned", "programmer-alignment"],
      ["Error: OTP memory is disabled for write commands", "flash-protected"],
      ["Error: cannot erase OTP memory", "flash-protected"],
      ["Error: can't get the device id\nError: auto_probe failed", "chip-unknown|chip-mismatch"],
      ["Error: flash write failed = 00000010", "flash-protected"],
      ["Error: flash write failed = 00000080", "flash-refused"],
      ["Error: failed setting protection for blocks 0 to 3", "option-bytes-wrong"],
      ["Verfication error address 0x08000010, read back 0xff, expected 0x3a", "flash-differs"],
    ],
  },
  {
    tool: "OpenOCD's comparators",
    before: openocdAttached,
    messages: [
      ["Error: can't add write watchpoint at 0x20000010, resource not available", "comparators-used-up"],
      ["Error: can't add access watchpoint at 0x20000010, target running", "not-enough-to-tell|core-does-not-halt"],
    ],
  },
  {
    tool: "OpenOCD, through stlink-server",
    before: [...openocdStarted, "Info : connected to stlink-server", "Info : stlink-server API v1, version 1.3.0.5"],
    messages: [
      ["Error: ST-LINK open failed (serial mismatch)", "probe-serial-missing"],
      ["Error: ST-LINK open failed (vid/pid mismatch)", "probe-none"],
      ["Error: the selected device is already used", "probe-busy"],
    ],
  },
  {
    tool: "OpenOCD, refusing a client that it heard",
    before: openocdAdapter,
    messages: [
      [
        "Info : [stm32h7x.cpu0] Cortex-M7 r1p1 processor detected\nInfo : starting gdb server for stm32h7x.cpu0 on 3333\nInfo : starting gdb server for stm32h7x.cpu1 on 3334\nInfo : accepting 'gdb' connection on tcp/3334\nError: Target stm32h7x.cpu1 not examined yet, refuse gdb connection 1!\nError: attempted 'gdb' connection rejected",
        "second-core-off",
      ],
      [
        "Info : accepting 'gdb' connection on tcp/3333\nError: Target stm32g4x.cpu not examined yet, refuse gdb connection 1!\nError: attempted 'gdb' connection rejected",
        "not-enough-to-tell",
      ],
      [
        "Info : [stm32g4x.cpu] Cortex-M4 r0p1 processor detected\nInfo : accepting 'gdb' connection on tcp/3333\nError: auto_probe failed\nError: Connect failed. Consider setting up a gdb-attach event for the target to prepare target for GDB connect, or use 'gdb_memory_map disable'.\nError: attempted 'gdb' connection rejected",
        "not-enough-to-tell",
      ],
      ["Error: The attached ST-LINK version doesn't support trace", "probe-unsupported"],
    ],
  },
];
