/** GDB, editors, build and upload tools, and the system: their messages around a debug tool. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|not-enough-to-tell|target-no-power|firmware-low-power";
const gdb = ["GNU gdb (Arm GNU Toolchain 13.2.rel1) 13.2.90.20231008-git", "Reading symbols from build/app.elf..."];
const gdbConnected = [...gdb, "Remote debugging using localhost:3333", "0x08000268 in main ()"];

export const aroundMessages: readonly MessageGroup[] = [
  {
    tool: "GDB, before it was connected",
    before: gdb,
    messages: [
      ["localhost:3333: Verbindungsaufbau abgelehnt.", "gdb-server-gone"],
      ["localhost:3333: Connexion refus\u00e9e.", "gdb-server-gone"],
      [
        'Unexpected GDB output from command "-target-select remote localhost:50000". localhost:50000: The wait operation timed out.',
        "gdb-server-gone",
      ],
      [
        "Remote communication error.  Target disconnected.: La connexion a \u00e9t\u00e9 r\u00e9initialis\u00e9e.",
        "gdb-server-gone",
      ],
      ["^CRemote communication error.  Target disconnected.: Succ\u00e8s.", "gdb-server-gone"],
      ["^C^CRemote connection closed", "gdb-server-gone"],
      ["localhost:3333: Connection refused.", "gdb-server-gone"],
      [":3333: No connection could be made because the target machine actively refused it.", "gdb-server-gone"],
      ["could not connect: Connection refused.", "gdb-server-gone"],
      ["localhost:61234: Connection timed out.", "gdb-server-gone"],
      ["Remote communication error.  Target disconnected.: Connection reset by peer.", "gdb-server-gone"],
      ["Remote connection closed", "gdb-server-gone"],
      ["Ignoring packet error, continuing...\nIgnoring packet error, continuing...", "gdb-server-gone"],
      ["Remote replied unexpectedly to 'vMustReplyEmpty': timeout", "gdb-server-gone"],
      ["Remote 'g' packet reply is too long (expected 560 bytes, got 168 bytes)", "gdb-without-arm"],
      ["Truncated register 16 in remote 'g' packet", "gdb-without-arm"],
      [
        "warning: Selected architecture armv7e-m is not compatible with reported target architecture i386",
        "gdb-without-arm|not-enough-to-tell",
      ],
      ['Undefined item: "arm".', "gdb-without-arm"],
      ['"monitor" command not supported by this target.', "not-enough-to-tell|gdb-server-gone|none"],
      ["The program is not being run.", "not-enough-to-tell|gdb-server-gone|none"],
      ["/home/me/build/app.elf: No such file or directory.", "file-missing"],
      ['"/home/me/app.bin": not in executable format: file format not recognized', "program-unusable"],
      [
        'No executable file specified.\nUse the "file" or "exec-file" command.',
        "file-missing|not-enough-to-tell|program-unusable",
      ],
    ],
  },
  {
    tool: "GDB at a server",
    before: gdbConnected,
    messages: [
      ["Memory access error while loading section .qspi.", "image-outside-flash"],

      [
        "../../gdb/remote.c:7979: internal-error: Assertion `first_resumed_thread != nullptr' failed.",
        "versions-differ",
      ],
      ["Cannot access memory at address 0x90000000", "loader-controller-off"],
      ["Breakpoint 3, HardFault_Handler () at Core/Src/stm32g0xx_it.c:71", "firmware-faults"],
      ["Temporary breakpoint 1, 0x0800041c in UsageFault_Handler ()", "firmware-faults"],
      ["Breakpoint 2, 0x08000c10 in SysTick_Handler ()", "none"],
      [
        'warning: while parsing target memory map (at line 4): Required attribute "start" of <memory> not specified',
        "versions-differ",
      ],
      ["Error erasing flash with vFlashErase packet", "flash-protected|write-protected|flash-refused"],
      ["Error finishing flash operation", "flash-refused"],
      ["Load failed", "image-outside-flash"],
      ["Writing to flash memory forbidden in this context", "flash-refused|not-enough-to-tell|none"],
      ["Memory access error while loading section .isr_vector.", "image-outside-flash|flash-refused"],
      ["Cannot access memory at address 0x8000000", "not-enough-to-tell|gdb-server-gone|read-protected|none"],
      [
        "Program received signal SIGINT, Interrupt.\nHardFault_Handler () at ../Core/Src/stm32f4xx_it.c:89",
        "firmware-faults",
      ],
      [
        "Program received signal SIGTRAP, Trace/breakpoint trap.\n0xfffffffe in ?? ()",
        "vector-table-empty|core-lockup",
      ],
      ["Infinite_Loop () at ../Startup/startup_stm32f446retx.s:117", "unhandled-interrupt"],
      [
        "Could not insert hardware breakpoint 7.\nYou may have requested too many hardware breakpoints/watchpoints.",
        "comparators-used-up",
      ],
      [
        "Cannot insert breakpoint 1.\nCannot access memory at address 0x8000400",
        "comparators-used-up|not-enough-to-tell|read-protected",
      ],
      ['warning: unrecognized item "timeout" in "qSupported" response', "gdb-server-gone|not-enough-to-tell|none"],
      [
        "Section .text, range 0x8000188 -- 0x8004f2c: MIS-MATCHED!\nwarning: One or more sections of the target image does not match the loaded file",
        "flash-differs",
      ],
      ["Protocol error with Rcmd", "option-unknown"],
      ["Start address 0x0, load size 0", "program-unusable"],
    ],
  },
  {
    tool: "cortex-debug",
    before: [
      "Cortex-Debug: VSCode debugger extension version 1.12.1 git(652d042). Usage info: https://github.com/Marus/cortex-debug#usage",
    ],
    messages: [
      ["Failed to launch OpenOCD GDB Server: Error: spawn openocd ENOENT", "program-missing"],
      ["Failed to launch ST-Util GDB Server: Error: spawn st-util ENOENT", "program-missing"],
      [
        "OpenOCD: GDB Server Quit Unexpectedly. See gdb-server output in TERMINAL tab for more details.",
        "gdb-server-gone|not-enough-to-tell",
      ],
      ["Failed to launch OpenOCD GDB Server: Timeout.", "gdb-server-gone|not-enough-to-tell"],
      [
        "ERROR: GDB major version should be >= 9, yours is 8\nGDB could not start as expected. Bad installation or version mismatch. See if you can start gdb from a shell prompt and check its version (Must be >= 9)",
        "versions-differ",
      ],
      [
        'launch.json: Unable to set temporary breakpoint "runToEntryPoint":"app_main".Function may not exist or out of breakpoints? Function "app_main" not defined.',
        "option-unknown",
      ],
      [
        "GDB could not start as expected. Bad installation or version mismatch. See if you can start gdb from a shell prompt and check its version (Must be >= 9)\n    ERROR: Could not start gdb, no response from gdb",
        "gdb-missing|versions-differ",
      ],
      ["Error: spawn arm-none-eabi-gdb ENOENT", "gdb-missing"],
      ["Unable to find executable file at /home/me/build/app.elf", "file-missing"],
      [
        "Failed to launch GDB: localhost:50000: Connection refused. (from target-select extended-remote localhost:50000)",
        "gdb-server-gone",
      ],
      [
        "Failed to launch GDB: Remote connection closed (from monitor reset halt)",
        "gdb-server-gone|not-enough-to-tell",
      ],
      [
        "arm-none-eabi-gdb: error while loading shared libraries: libncurses.so.5: cannot open shared object file: No such file or directory",
        "library-missing|gdb-missing",
      ],
      [
        "Invalid 'servertype' in launch.json. Must be one of jlink, openocd",
        "option-unknown|not-enough-to-tell|vscode-server-unknown",
      ],
      ["The PyOCD GDB Server does not support target 'stm32f4x'", "tool-lacks-chip|not-enough-to-tell|chip-unknown"],
      ["Could not find any free ports for the GDB server. Please check your system", "port-taken|not-enough-to-tell"],
      ["SVD file not found: STM32F446.svd", "file-missing|not-enough-to-tell|none"],
      ["At least one OpenOCD Configuration File must be specified.", "vscode-setting-missing"],
      ["Device Identifier is required for J-Link configurations. Please see SEGGER's list.", "vscode-setting-missing"],
      ["A Serial Port for the Black Magic Probe GDB server is required.", "vscode-setting-missing"],
      [
        "External GDB server type must specify the GDB target. This should either be a HOST:PORT.",
        "vscode-setting-missing",
      ],
      [
        'Invalid servertype parameters. The following values are supported: "bmp", "external", "qemu"',
        "option-unknown",
      ],
      ["The ST-Link GDB Server does not have support for the rtos option.", "option-unknown"],
      ['Invalid "cwd": "/home/anna/none". Many operations can fail. Trying to continue', "none|not-enough-to-tell"],
      [
        "WARNING: Cortex-Debug will deprecate use of GDB version 8. Please upgrade to version 9+",
        "none|not-enough-to-tell",
      ],
    ],
  },
  {
    tool: "PlatformIO",
    before: [
      "Processing nucleo_f446re (platform: ststm32; board: nucleo_f446re; framework: arduino)",
      "CONFIGURATION: https://docs.platformio.org/page/boards/ststm32/nucleo_f446re.html",
      "PLATFORM: ST STM32 (17.1.0) > ST Nucleo F446RE",
      "Configuring upload protocol...",
      "Uploading .pio/build/nucleo_f446re/firmware.elf",
    ],
    messages: [
      [
        "xPack Open On-Chip Debugger 0.12.0+dev\nError: open failed\n*** [upload] Error 1",
        "probe-none|not-enough-to-tell",
      ],
      ["Error: libusb_open() failed with LIBUSB_ERROR_ACCESS\n*** [upload] Error 1", "probe-permission"],
      ["Error: init mode failed (unable to connect to the target)\n*** [upload] Error 1", silent],
      [
        "Error: Please specify `upload_port` for environment or use global `--upload-port` option.",
        "not-enough-to-tell|option-unknown|probe-none",
      ],
      ["sh: st-flash: command not found\n*** [upload] Error 127", "program-missing"],
      ["*** [upload] could not find build/firmware.elf", "file-missing|not-enough-to-tell"],
      ["dfu-util: No DFU capable USB device available\n*** [upload] Error 74", "boot-loader-silent"],
      [
        "Error: The firmware size (70000 bytes) is greater than maximum allowed (65536 bytes)",
        "image-too-large|not-enough-to-tell|image-outside-flash",
      ],
      ["region `FLASH' overflowed by 4096 bytes\ncollect2: error: ld returned 1 exit status", "program-does-not-fit"],
      [
        "UnknownPackageError: Could not find the package with 'platformio/tool-stm32duino' requirements",
        "not-enough-to-tell|program-missing|file-missing",
      ],
    ],
  },
  {
    tool: "Arduino with the STM32 core",
    before: [
      "Sketch uses 11232 bytes (17%) of program storage space. Maximum is 65536 bytes.",
      "Selected interface: swd",
    ],
    messages: [
      [
        "STM32_Programmer_CLI not found.\nPlease install it or add '<STM32CubeProgrammer path>/bin' to your PATH environment:\nhttps://www.st.com/en/development-tools/stm32cubeprog.html\nAborting!",
        "program-missing|cubeprogrammer-missing",
      ],
      ["STM32CubeProgrammer not found (STM32_Programmer_CLI).", "program-missing|cubeprogrammer-missing"],
      ["Error: No debug probe detected.\nFailed uploading: uploading error: exit status 1", "probe-none"],
      [
        "NODE_F446RE not found. Please ensure the device is correctly connected",
        "probe-none|not-enough-to-tell|program-missing",
      ],
      ['Failed uploading: uploading error: exec: "bash": executable file not found in %PATH%', "program-missing"],
      [
        "busybox: upload_router: Permission denied\nFailed uploading: exit status 126",
        "program-missing|not-enough-to-tell",
      ],
      ["maple_upload: Error: dfu-util: Device not found", "not-enough-to-tell|probe-none|program-missing"],
    ],
  },
  {
    tool: "west",
    before: ["-- west flash: rebuilding", "ninja: no work to do.", "-- west flash: using runner openocd"],
    messages: [
      ["FATAL ERROR: required program openocd not found; install it or add its location to PATH", "program-missing"],
      ["FATAL ERROR: file /w/build/zephyr/zephyr.hex does not exist", "file-missing"],
      ["FATAL ERROR: command exited with status 1: openocd -s /w/support -c init", "not-enough-to-tell"],
      ["Error: open failed\nFATAL ERROR: command exited with status 1: openocd", "probe-none|not-enough-to-tell"],
      ["FATAL ERROR: board nucleo_f446re does not support runner stlink", "not-enough-to-tell|option-unknown"],
      ['ERROR: Build directory "build" does not exist', "file-missing|not-enough-to-tell"],
    ],
  },
  {
    tool: "dfu-util",
    before: ["$ dfu-util -a 0 -s 0x08000000:leave -D firmware.bin", "dfu-util 0.11"],
    messages: [
      ["No DFU capable USB device available", "boot-loader-silent"],
      ["Cannot open DFU device 0483:df11 found on devnum 4 (LIBUSB_ERROR_ACCESS)", "probe-permission"],
      ["Cannot open DFU device 0483:df11 found on devnum 4 (LIBUSB_ERROR_NOT_SUPPORTED)", "probe-driver-missing"],
      [
        "dfu-util: Error during download get_status",
        "not-enough-to-tell|flash-refused|read-protected|probe-usb-trouble",
      ],
      [
        "dfu-util: Device's firmware is corrupt. It cannot return to run-time (non-DFU) operations",
        "not-enough-to-tell|read-protected|none",
      ],
      [
        "dfu-util: Last page at 0x08020000 is not writeable",
        "image-outside-flash|not-enough-to-tell|image-too-large|flash-refused",
      ],
      ["dfu-util: Error sending completion packet", "not-enough-to-tell|probe-usb-trouble|none"],
    ],
  },
  {
    tool: "Keil uVision",
    before: [
      "*** Using Compiler 'V6.19', folder: 'C:\\Keil_v5\\ARM\\ARMCLANG\\Bin'",
      'Load "C:\\\\p\\\\Objects\\\\stm32.axf"',
    ],
    messages: [
      ["No ST-LINK detected\nError: Flash Download failed  -  Target DLL has been cancelled", "probe-none"],
      [
        "Internal command error\nError: Flash Download failed  -  Target DLL has been cancelled",
        `${silent}|wire-noisy`,
      ],
      ['Error: Flash Download failed  -  "Cortex-M3"', "flash-refused|not-enough-to-tell|tool-lacks-chip"],
      [
        "No Algorithm found for: 08000000H - 08001A5BH\nErase skipped!",
        "tool-lacks-chip|image-outside-flash|flash-refused|not-enough-to-tell",
      ],
      ["Contents mismatch at: 08000000H  (Flash=FFH  Required=00H) !", "flash-differs"],
      [
        "Error: Flash Download failed  -  Could not load file 'C:\\p\\Objects\\stm32.axf'",
        "file-missing|program-unusable|not-enough-to-tell|flash-refused",
      ],
      [
        "Invalid ROM Table",
        "firmware-low-power|core-does-not-halt|not-enough-to-tell|access-port-closed|wires-open|firmware-disables-swd",
      ],
      ["SWD/JTAG Communication Failure", silent],
      ["ST-Link USB communication error", "probe-usb-trouble"],
      ["Cannot access target. Shutting down debug session.", silent],
      ["No target connected", silent],
      ["Old ST-LINK firmware version. Please upgrade", "probe-firmware-old"],
      ["Error: Cannot load Flash Programming Algorithm !", "flash-refused|not-enough-to-tell"],
    ],
  },
  {
    tool: "IAR with ST-LINK",
    before: [
      "Mon Mar 01, 2021 10:00:00: IAR Embedded Workbench 9.10.1 (C:\\IAR\\arm\\bin\\armPROC.dll)",
      "Mon Mar 01, 2021 10:00:00: Loading the ST-Link driver",
    ],
    messages: [
      ["Fatal error: ST-Link, No ST-LINK found   Session aborted!", "probe-none"],
      ["Fatal error: ST-Link, Target not found!   Session aborted!", silent],
      ["Fatal error: Failed to connect to the target   Session aborted!", silent],
      [
        "Failed to load flash loader: C:\\IAR\\arm\\config\\flashloader\\ST\\FlashSTM32F4.flash",
        "flash-refused|not-enough-to-tell|file-missing|loader-failed",
      ],
      ["Warning: Verify error at address 0x08000000, target byte: 0xFF, byte in file: 0x00", "flash-differs"],
      ["The debugging session could not be started. ST-LINK is in use by another application", "probe-busy"],
    ],
  },
  {
    tool: "a shell, a build tool or the system",
    before: ["$ make flash   # nucleo"],
    messages: [
      ['Der Befehl "openocd" ist entweder falsch geschrieben oder konnte nicht gefunden werden.', "program-missing"],
      ["'st-flash' n'est pas reconnu en tant que commande interne", "program-missing"],
      ['"openocd" no se reconoce como un comando interno o externo,', "program-missing"],
      ["'pyocd' n\u00e3o \u00e9 reconhecido como um comando interno", "program-missing"],
      ["bash: openocd: Kommando nicht gefunden.", "program-missing"],
      ["bash: st-info : commande introuvable", "program-missing"],
      ["Error: spawn openocd ENOTDIR", "program-missing"],
      ["Error: spawn openocd EMFILE", "not-enough-to-tell|none"],
      ["make: openocd: Command not found\nmake: *** [Makefile:180: flash] Error 127", "program-missing"],
      ["make: *** No rule to make target 'build/app.elf', needed by 'flash'.  Stop.", "file-missing"],
      ["make: *** [Makefile:12: flash] Error 127", "program-missing"],
      [
        "'openocd' is not recognized as an internal or external command,\noperable program or batch file.",
        "program-missing",
      ],
      [
        "openocd : The term 'openocd' is not recognized as the name of a cmdlet, function, script file, or operable program.",
        "program-missing",
      ],
      ["'C:\\Program' is not recognized as an internal or external command,", "program-missing"],
      [
        "/bin/sh: 1: /opt/st/stm32cubeclt/STM32_Programmer_CLI: Permission denied",
        "program-missing|not-enough-to-tell",
      ],
      ["bash: ./STM32_Programmer_CLI: cannot execute binary file: Exec format error", "versions-differ"],
      ["zsh: bad CPU type in executable: arm-none-eabi-gdb", "versions-differ|gdb-missing"],
      [
        "openocd: error while loading shared libraries: libhidapi-hidraw.so.0: cannot open shared object file: No such file or directory",
        "library-missing",
      ],
      ["dyld: Library not loaded: /usr/local/opt/libusb/lib/libusb-1.0.0.dylib", "library-missing"],
      [
        "openocd: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by openocd)",
        "versions-differ",
      ],
      [
        "cp: cannot create regular file '/media/me/NODE_F446RE/app.bin': No space left on device",
        "image-too-large|not-enough-to-tell|file-missing",
      ],
      ["cp: cannot stat 'build/app.bin': No such file or directory", "file-missing"],
      ["ninja: error: unknown target 'flash'", "not-enough-to-tell|option-unknown|program-missing"],
      ["error: flash: program 'probe-rs' not found", "program-missing|not-enough-to-tell"],
      [
        "subprocess.CalledProcessError: Command '['st-flash', 'write', 'a.bin', '0x8000000']' returned non-zero exit status 255.",
        "not-enough-to-tell|flash-refused",
      ],
      ["Segmentation fault (core dumped)", "not-enough-to-tell"],
    ],
  },
  {
    tool: "a paste in which no tool says who it is",
    before: [],
    messages: [
      ["libusb_open() failed with LIBUSB_ERROR_ACCESS", "probe-permission"],
      ["libusb_open() failed with LIBUSB_ERROR_NOT_SUPPORTED", "probe-driver-missing"],

      ["Upload failed", "not-enough-to-tell"],
      ["Target not responding", "target-silent"],
      ["Fehler: Verbindung zum Ziel fehlgeschlagen", "not-enough-to-tell"],
      [
        "\u041e\u0448\u0438\u0431\u043a\u0430 \u043f\u043e\u0434\u043a\u043b\u044e\u0447\u0435\u043d\u0438\u044f \u043a \u0446\u0435\u043b\u0438",
        "not-enough-to-tell",
      ],
      ["Flash timeout. Reset the target and try it again.", "not-enough-to-tell|flash-refused"],
      ["HardFault_Handler () at startup.s:10", "firmware-faults"],
      ["My download failed again, and I see nothing", "none"],
      ["npm ERR! download failed: connection refused", "none"],
      ["undefined reference to `flash_erase'", "none"],
      [
        "Memory Sector @0x8000000 erased\n\nMemory Sector @0x8020000 is not erased. Verify the memory protection.",
        "flash-protected|write-protected|flash-refused",
      ],
      ["Can not read flash memory beyond address 0x0801F800.", "not-enough-to-tell"],
      ["Error: the flash memory went away", "not-enough-to-tell|flash-refused"],
      ["Remote communication error. Target disconnected.: Op\u00e9ration r\u00e9ussie.", "gdb-server-gone"],
      ["Failed to talk to the debug port of the target", "not-enough-to-tell|wires-open"],
      ["Internal command error", "not-enough-to-tell"],
      ["Breakpoint 1, 0x080002f4 in HardFault ()", "firmware-faults"],
      ["Memory Sector @0x8000000 erased\nMemory Sector @0x8020000 erased", "none"],
      ["text data bss dec hex\n1204 8 1568 2780 adc app.elf\nflash memory used: 7%", "none"],
    ],
  },
  {
    tool: "a list of USB devices before st-util",
    before: [
      "$ lsusb",
      "Bus 002 Device 001: ID 1d6b:0003 Linux Foundation 3.0 root hub",
      "Bus 001 Device 004: ID 046d:c077 Logitech, Inc. Mouse",
      "Bus 001 Device 003: ID 0483:3748 STMicroelectronics ST-LINK/V2",
      "Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub",
    ],
    messages: [
      [
        "$ st-util\nWARN src/usb.c: Couldn't open ST-Link/V2 device 001:003",
        "probe-permission|probe-busy|not-enough-to-tell",
      ],
    ],
  },
  {
    tool: "st-util, and a list of USB devices",
    before: [],
    messages: [
      [
        "$ lsusb\nBus 001 Device 002: ID 046d:c077 Logitech, Inc. Mouse\nBus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub\n$ st-util\nWARN src/usb.c: Couldn't open ST-Link/V2 device 001:001",
        "probe-none",
      ],
    ],
  },
  {
    tool: "uVision, the Black Magic Probe, and what starts a tool",
    before: [],
    messages: [
      ["Error: Flash Download failed - Target DLL has been cancelled", silent],
      ["* JLink Info: STM32F4xx: Cannot attach to CPU.", silent],
      ["Target voltage: 3.3V\nSW-DP scan failed!\nFailed", silent],
      ["JTAG device scan failed!", silent],
      ["Failed to resolve Blackmagic hostname", "probe-none"],
      ["STM32_Programmer_CLI not found.", "cubeprogrammer-missing"],
      ["sh: STM32_Programmer_CLI: command not found", "cubeprogrammer-missing"],
      ["COM21: No such file or directory.", "serial-port-unavailable"],
      ["embedded:startup.tcl:60: Error: Can't find -c", "file-missing"],
    ],
  },
];
