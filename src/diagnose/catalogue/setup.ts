import { debuggerFiles } from "./debugger.ts";
import type { FindingKind } from "./finding-kind.ts";

/** Set-up on the computer: ports, paths, options, versions, and who else is at work. */
export const setup = [
  {
    code: "port-taken",
    title: "A TCP port that the server needs is taken",
    cause:
      "{server} could not open TCP port {port}: another program has it, most often a server of an earlier session that was left running, or the system keeps it reserved.",
    variants: {
      "in-use": "{server} could not open TCP port {port}: the system says that another program has it.",
      reserved:
        "{server} could not open TCP port {port}: the system forbids it, as Windows does for ports that Hyper-V, WSL or a mobile hotspot reserved.",
      unnamed:
        "{server} could not open a TCP port that it needs: another program has it, most often a server of an earlier session that was left running.",
      status:
        "The server ended with status 0 although it did not start, which is how ST's server ends when a TCP port that it needs is taken.",
    },
    how: "The system refused to open the port, and the server says which. The target was not looked at yet, or does not matter: power, cabling and the chip have no part in it. Exit status 0 after a failed start tells it less surely.",
    remedy: [
      "End the server that was left running: on Windows `netstat -ano | findstr :{port}` gives its number, then `taskkill /F /PID NUMBER`; on Linux and macOS `lsof -i :{port}`, then `kill NUMBER`.",
      "Windows, when no program has the port: `netsh interface ipv4 show excludedportrange protocol=tcp` lists what is reserved; take a port outside of it, or switch Hyper-V's, WSL's or the hotspot's reservation off.",
      "Take another port: -p on the command line, the Debugger tab's Port number in STM32CubeIDE. The port above it (SWV) has to be free as well.",
    ],
  },
  {
    code: "cubeprogrammer-missing",
    title: "STM32CubeProgrammer is not found",
    cause: "ST-LINK_gdbserver ended before it did anything: there is no STM32CubeProgrammer in {path}.",
    variants: {
      program:
        "{path} is STM32CubeProgrammer's command line, by which the upload is done: it is not installed, or not where it is looked for.",
    },
    how: "The server looks for STM32_Programmer_CLI in the folder of -cp before all else, and ends with status 253 (0x8004FFFD on Windows) when it is not there. Neither probe nor target was touched.",
    remedy: [
      "Give the folder that holds STM32_Programmer_CLI: -cp FOLDER (in STM32CubeIDE it is the plug-in com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.*/tools/bin; in cortex-debug stm32cubeprogrammer).",
      "After an update of the IDE the folder's name has changed: correct scripts and launch files that name it.",
      "Where a script or the Arduino core looks for it: install STM32CubeProgrammer, and add its bin folder to PATH.",
      "Probity's gdbserver needs no STM32CubeProgrammer.",
    ],
  },
  {
    code: "library-missing",
    title: "A library that a program needs is not found",
    cause: "The program could not be started: its library {path} is not found.",
    variants: {
      unseen:
        "pyOCD sees no ST-LINK, and {other} does: most likely the Python that runs pyOCD has no {path}, by which pyOCD reaches it (its package was built without the library, or none is installed), or this pyOCD is older than the kind of probe.",
    },
    how: "The system's loader names the library that it could not find, and nothing was asked of the probe yet. Of pyOCD, which goes on without, it is concluded from another program, or another Python's pyOCD, that sees the probe in the same log.",
    remedy: [
      "A library of the system's (libncurses, libusb, libpython ...): install the package that has it; `ldd PROGRAM` lists all that are missing. One that the system no longer offers means that the program is too old for it: take a newer release, or gdb-multiarch in place of an old arm-none-eabi-gdb.",
      "A library of ST's: start the server with its own folder as the current one, or set LD_LIBRARY_PATH (macOS: DYLD_LIBRARY_PATH) to its native/ folder.",
      "On a machine with another processor than the program was built for (ARM64) ST's library does not exist: use a server that runs there.",
    ],
  },
  {
    code: "option-unknown",
    title: "An option is not known, or missing",
    cause: "{server} refused its command line: it does not know {option}, or not in this place.",
    variants: {
      lacking:
        "{server} refused its command line or configuration: {option} is not there, and it does not start without.",
      value: "{server} refused its command line: what is given for {option} is no value that it takes.",
      monitor:
        "The GDB server refused a monitor command, {option}: it does not have it in this form, or could not do it.",
      server:
        "{server} was started with the options of another GDB server ({option}): launch.json has the servertype {type}, and serverpath names a program of another kind.",
      run: "GDB's `{option}` has an operating system load a program and start it, and behind a GDB server of a chip there is none: the program is in flash already, and `continue` lets it go on.",
      words: "{server} refused its command line, in its own words: {option}.",
      address:
        "{server} was given a raw image (.bin) and no address to write it to, which such a file does not tell: {option}.",
    },
    how: "The program names the word it could not use, or misses, and does not do what that word asked for. Nothing was changed in the target by it.",
    remedy: [
      "Leave {option} out, or spell it as the program's --help does: abbreviations are not taken, and versions differ in what they know.",
      "If another program starts the server (cortex-debug, a script), look for the word in its settings (launch.json).",
      "st-flash writes the option bytes of the F0, F1 and F3 as one area, from a file: read them into one first (`st-flash --area=option read FILE`), change it, and write it back at the same address.",
      "Option bytes have other names in other families, and some were renamed between releases: `STM32_Programmer_CLI -c port=SWD -ob displ` lists those of this chip.",
    ],
  },
  {
    code: "tool-defect",
    title: "A defect of the tool itself",
    cause: "{what}: a defect of the tool, most likely, and none of the board.",
    how: "The log has a mark that such a defect leaves: what the tool claims cannot be so (every chip has a first sector, every ST-LINK debugs Arm cores), or its own code failed at itself, without a word of probe or target before. What else may stand behind the same words is not excluded, so it is never certain.",
    remedy: ["{better}"],
  },
  {
    code: "versions-differ",
    title: "Programs or libraries are of different releases",
    cause: "{between} do not work together, most likely because they are of different releases.",
    how: "Both are there, and one could not work with the other: a session could not be opened, or a library lacks what the program calls. Other reasons are possible, so it is never certain.",
    remedy: [
      "ST's tools: take both from the same release: give the server -cp with the STM32CubeProgrammer that came with it, not one that was installed separately.",
      "Upgrade the IDE, or reinstall it where its plug-ins are of different ages.",
      "cortex-debug: take a newer GDB or OpenOCD, and name it in the settings (cortex-debug.gdbPath, cortex-debug.openocdPath).",
      "stlink's tools and the files that describe the chips to them (share/stlink/chips): install both from one release, and remove what another one left in /usr/local.",
      "defmt: install a newer tool (`cargo install probe-rs-tools --locked`), or build the program with the release of the crate that the tool reads.",
      "A library of the system's: install the release that the program was built with, or build the program anew on this system; look for a second, older copy with `ldd PROGRAM`.",
    ],
  },
  {
    code: "jtag-instead-of-swd",
    title: "JTAG was tried on SWD wiring",
    cause:
      "The server was started without -d, so it used JTAG. With only SWDIO and SWCLK wired, JTAG finds nothing or nonsense.",
    variants: {
      contrast:
        "By JTAG nothing answers, by SWD the target does: only the two wires of SWD are there, the program uses JTAG's other pins, or the tool cannot do JTAG with this probe.",
      uvision:
        "The driver in uVision got an ID that is no chip's, as when its port is set to JTAG and only the two wires of SWD are there; with the port at SW, the wires or the chip are next.",
      chosen:
        "OpenOCD took JTAG by itself, since no transport was selected, and what the chain gives is no answer of a chip: most likely only the two wires of SWD are there, or the target shows SWD alone (its program uses JTAG's other pins, or its core has no JTAG).",
      chosenPartly:
        "OpenOCD took JTAG by itself, since no transport was selected, and the chain does not read well: IDs came, and what is behind them makes no sense. SWD does without the wires of JTAG that fail here.",
      told: "JTAG was asked for, and nothing answers by it: most likely only the two wires of SWD are there.",
      maybe:
        "Something answered that is no STM32 known to the server, as when JTAG is tried on SWD wiring (the server uses JTAG unless -d is given).",
    },
    how: "The server's banner and option list name SWD only when it was asked for. On a board that has all JTAG wires it is not the cause, so it is not certain.",
    remedy: [
      "Add -d (--swd) to the command line; in STM32CubeIDE choose SWD on the Debugger tab; in cortex-debug set interface to swd; in uVision Options for Target > Debug > Settings > Port: SW.",
    ],
  },
  {
    code: "access-port-wrong",
    title: "The wrong access port was chosen",
    cause: "Access port {apid} was used, but on {chip} the core stands behind access port {right}.",
    how: "Which core stands behind which access port is fixed for each chip. An access port without that core answers nothing, or shows a program counter of 0.",
    remedy: ["Give -m {right} (--apid {right}); in STM32CubeIDE: Debugger tab, access port."],
  },
  {
    code: "access-port-closed",
    title: "The debug port answers, and nothing behind it does",
    cause:
      "The debug port answers, but access port {ap} does not: the chip keeps the debugger out (read protection, TrustZone, a product state that wants debug authentication), or its program has put it to sleep or reconfigured it.",
    variants: {
      state:
        "The chip has product states, and from Closed on it answers no debugger but by debug authentication, under reset as little as without. That it is in such a state is what a log of silence cannot show.",
      development:
        "The chip is an STM32N6, whose boot ROM lets a debugger in only in the boot mode for development, or once a signed first-stage program runs that leaves debugging open: the board's boot switches stand otherwise, most likely.",
    },
    how: "The debug port is reached over the wires, so power and wires are good. The access port behind it answers only while the core's domain has power and clock and the security settings let the debugger in.",
    remedy: [
      "Connect under reset (mode=UR), or with the mode that STM32CubeProgrammer calls Hot Plug on a chip with TrustZone.",
      "Hold BOOT0 high and reset, so that the program does not run, and connect then.",
      "Look at the product state and read protection: on STM32H5 and others debug authentication opens the port, and a regression erases the chip.",
    ],
  },
  {
    code: "second-core-off",
    title: "The second core cannot be reached",
    cause:
      "The second core's access port {ap} does not answer: that core is still held off or asleep, or debugging it is switched off.",
    variants: {
      locked:
        "The second core of {chip} refuses the debugger: it is not started yet, or its option bytes (security: DDS, ESE) shut the debugger out.",
      both: "{chip} has two cores, each behind an access port of its own, and a port refused the debugger: the second core's does so until the first one's program has started that core, and a tool that opens both at once fails with it.",
      behind:
        "The server's internal error {number} at access port {ap}: the second core does not answer there. It is not started yet, or sleeps in STOP mode (the start-up code that STM32CubeMX makes for an H7's Cortex-M4 waits so for the Cortex-M7), or the sessions of the two get in each other's way (ports, reset behaviour).",
      asked:
        "The session asks for the core behind access port {ap}: the Cortex-M4 of a chip with two, which answers only once its domain is started. The server's message tells no more than that it did not get there.",
      session:
        "The server's internal error {number} is what it gives when two cores are debugged at once and the sessions get in each other's way: wrong access port, ports, or reset behaviour of the second one.",
    },
    how: "The access port of a second core answers only while its domain is powered and clocked, and only when the security options allow it. The first core's session does not have that trouble.",
    remedy: [
      "Start the first core's session first, let its program start the second core, then connect to the second one.",
      "Second session: reset behaviour None, its own ports (four above the first), the right access port (-m), shared ST-LINK (-t) in both.",
      "STM32WL5x: look at the option bytes ESE and DDS with STM32CubeProgrammer.",
    ],
  },
  {
    code: "server-left-by-first-client",
    title: "The server ended before GDB came",
    cause:
      "The server ended because its first client went away again, before GDB connected: whatever looked whether the port is open counted as the debugger.",
    how: "A server without persistent mode ends when its client leaves, and any TCP connection is a client. The log shows a client that came and left with nothing in between, and GDB was refused after it.",
    remedy: [
      "Do not test the port by connecting to it: wait for the line `Waiting for debugger connection...` on standard output.",
      "Or start the server with -e (persistent mode).",
    ],
  },
  {
    code: "file-missing",
    title: "A file that was named does not exist",
    cause: "The {what} {path} does not exist or cannot be opened.",
    variants: {
      separators:
        "The {what} {path} cannot be opened. A path that has a drive and no separators is not the one that was meant: its backslashes were taken for escapes on the way, and with them the letters of \\b, \\n, \\r and \\t.",
      letters:
        "The tool did not open {path}: that path has letters outside of ASCII, which many programs for the command line do not get through to the system, on Windows above all.",
      script:
        "OpenOCD does not find {path}, one of its own scripts: it runs without them, or looks for them in another folder.",
      chips:
        "The tool takes the device ID {id} ({chip}) for unknown, which its list of chips has had for long: the files from which it reads that list (.chip) were not found, or are another release's.",
    },
    how: "The program that was to read the file says so. Neither probe nor target has a part in it.",
    remedy: [
      "Build the program first, and look at the path in the debug configuration: it is relative to the project, and differs between Debug and Release.",
    ],
  },
  {
    code: "program-does-not-fit",
    title: "The program does not fit the memory that it is linked for",
    cause: "The program was not linked: it is {by} than the region {region} of its linker script.",
    how: "The linker adds up the sections that it places in a region and says which one is too small. Nothing was asked of probe or target, and the file that is there, if any, is of an earlier build.",
    remedy: [
      "Make it smaller: build for Release or with -Os and -Wl,--gc-sections, leave floating point out of printf, and look at what is large (`arm-none-eabi-nm --size-sort -S FILE.elf` of an earlier build, or the .map file).",
      "RAM: large arrays, the heap and the stack that the script reserves (_Min_Heap_Size, _Min_Stack_Size), an RTOS heap.",
      "Compare the region's LENGTH in the linker script with the chip: a project that was made for a smaller member keeps its size.",
    ],
  },
  {
    code: "program-unusable",
    title: "The program's file holds no program",
    cause:
      "The program file {file} was opened and is none that the tool can take: it is empty or cut short, an object file that was not linked, or of another format.",
    variants: {
      unaligned:
        "The signed image {file} has its payload where the boot ROM of an STM32N6 does not look for it: from release 2.21 on the signing tool moves it to 0x400 only when it is told to, and the board then starts nothing.",
      processor:
        "The program file {file} is for another processor ({architecture}) than the chip's, which is ARM: a build for this computer, as of unit tests, or by another tool chain.",
      overlap:
        "Two parts of the program file {file} claim the same addresses: a file joined from two (boot loader and program) of which one reaches into the other, or sections that the linker script puts over each other.",
    },
    how: "The tool reads the file's headers before it writes anything and says what it misses there. Neither probe nor target has a part in it.",
    remedy: [
      "Build anew from clean, and look at the file: `arm-none-eabi-readelf -lh FILE.elf` must show program headers that are loaded (LOAD).",
      "Without a linker script, or with all sections discarded, nothing is left to load: check memory.x, link.x or the .ld that the linker was given.",
    ],
  },
  {
    code: "no-debug-info",
    title: "GDB has no debug information of the program",
    cause: "{file} has no debug information: GDB knows the program's functions at best, and no line of its source.",
    variants: {
      file: "GDB was given no program's file: it knows neither names nor lines of what runs on the chip.",
    },
    how: "GDB says so when it reads the file, or refuses a command that needs names or lines. Flash may hold the right program all the same.",
    remedy: [
      "Build with -g (or -g3) and -Og in every file, and link without -s; run no `strip` on what GDB is given. STM32CubeIDE: the configuration Debug, not Release; CMake: -DCMAKE_BUILD_TYPE=Debug; Rust: debug = true in [profile.release].",
    ],
  },
  {
    code: "gdb-missing",
    title: "The IDE cannot run GDB",
    cause: "The IDE could not find out the version of GDB: {path} does not exist, or does not run here.",
    how: "Before a debug session the IDE runs GDB with --version. It failed before the server or the target were touched: the program is missing, or one of its libraries is (ncurses and Python on Linux), or it is built for another processor.",
    remedy: [
      "Run `arm-none-eabi-gdb --version` in a terminal: it says what is missing.",
      "STM32CubeIDE: choose the tool chain again (Project > Properties > C/C++ Build > Settings > Tool Settings > MCU Toolchain, MCU/MPU Toolchain in newer ones). Other Eclipse: correct the executable of the GDB client on the Debugger tab.",
    ],
  },
  {
    code: "server-not-st",
    title: "STM32CubeIDE does not take the server for ST's",
    cause:
      "STM32CubeIDE could not verify through the server that the chip is ST's, and gave up before the session began.",
    how: "The IDE asks the server by monitor commands (ReadAPEx, or WriteDP and ReadAP) for the ROM table and expects ST's wording; then it reads the designer there. A server that does not know these commands, or a chip that is no ST's, fails alike.",
    remedy: [
      "Choose in the Debugger tab the kind of server that runs; use the one that came with the IDE, or Probity's.",
      "If the server is the IDE's own: the chip may be a clone; `probity doctor` reads its designer.",
    ],
  },
  {
    code: "programmer-alignment",
    title: "STM32CubeProgrammer refuses an image's alignment",
    cause:
      "STM32CubeProgrammer {version} refuses the image for an alignment that flash does not need: a defect of release 2.13 in connection with the IDE's server.",
    variants: {
      other: "The image's start or size does not fit the unit in which this flash is programmed.",
    },
    how: "The programmer names the alignment. Release 2.13 is known to refuse sound images, with an address just below flash.",
    remedy: [
      "Use another release of STM32CubeProgrammer (2.12 or before, 2.14 or later), or of the IDE.",
      "Look at the ELF's segments: one that begins below 0x08000000 comes from the linker script.",
    ],
  },
  {
    code: "adapter-unfit",
    title: "OpenOCD was not told which probe to use, or by which transport",
    cause: "OpenOCD has no driver for the probe yet: no interface file was given, or it comes after the target's file.",
    variants: {
      transport:
        "OpenOCD's driver for the probe does not offer the transport {transport}: the configuration was written for another version of OpenOCD or another interface file.",
      driver:
        "This OpenOCD was built without a driver named {driver} for the probe, or knows it by another name: it lists those that it has.",
      cores:
        "OpenOCD works through the probe's own high-level transport (hla), by which it serves one core alone: it left out the chip's second core, and opens no port for it.",
    },
    how: "OpenOCD says so itself when it comes to choosing the transport, before it opens the probe. Neither probe nor target has a part in it.",
    remedy: [
      "Give the interface file first: `openocd -f interface/stlink.cfg -f target/stm32f1x.cfg` (cortex-debug: configFiles, in this order).",
      "Leave out `transport select`, or take what the driver offers: hla_swd with interface/stlink.cfg of OpenOCD up to 0.12, dapdirect_swd with stlink-dap.cfg, swd in versions after it.",
    ],
  },
  {
    code: "config-unfit",
    title: "OpenOCD does not take its configuration",
    cause:
      "OpenOCD stopped in its configuration: it does not know {command}. The file was written for an older or newer version than the one that runs, comes in the wrong order, or has a typing error.",
    variants: {
      usage:
        "OpenOCD stopped in its configuration at {command}: it prints how that is used, so this version has no such subcommand, or not with these arguments.",
      oneWord:
        'OpenOCD took the whole command "{command} ..." for the name of one: the blanks in it reached it escaped or quoted once more, by the script or build that made the command line.',
      early:
        "OpenOCD stopped at {command}, which it knows only after `init`: the command came before OpenOCD had opened the probe and examined the target.",
      late: "OpenOCD stopped at {command}, which it takes only before `init`: it came when the probe was opened already.",
      twice:
        "OpenOCD stopped in its configuration at {command}, which was there already: another file, or OpenOCD by itself, had made or chosen it before.",
      value: "OpenOCD stopped in its configuration at a value that it does not take: {command}.",
      path: "OpenOCD took {command}, the end of a path, for a number that a command takes. A path with a blank in it is two words to Tcl unless it is quoted; or the arguments stand in another order than the command takes them.",
      readBack:
        'OpenOCD stopped at {command}: the probe read back what it had written, and found something else ("Verify error"). A register whose bits are write-only, or are cleared by the chip itself, reads so with all well; flash cannot be written that way at all.',
      name: "OpenOCD stopped at {command}, a name that nothing in its configuration made: misspelt, or made by a file that was left out, comes later, or calls it otherwise in this version.",
      transport:
        "OpenOCD stopped at a command of JTAG in its configuration, while the transport is {command}: that file was written for another transport.",
      unset:
        "OpenOCD does not start the trace port (TPIU), for {command} was not given: nothing comes over SWO, and the rest of the session goes on. Releases before 0.12 took a command without it.",
      overlap:
        "OpenOCD's configuration has two flash banks for the same addresses, most likely: the regions of the memory map that it gave GDB overlap, and GDB throws such a map away whole. Without one it takes flash for RAM: it writes breakpoints and programs as if into RAM, which flash does not take.",
      bank: "OpenOCD's configuration has a flash bank ({command}) that this chip has not: it was written for a chip with other banks.",
      syntax:
        'OpenOCD stopped in its configuration because a line of it is no well-formed Tcl ("{command}"): a brace or quotation mark too few or too many, often one that the shell took for itself.',
      script: "This OpenOCD has no {path}: {lacks}.",
      words: 'OpenOCD stopped in its configuration, before it had opened the probe, with these words: "{command}".',
    },
    how: "The configuration is a program that ends at the first word which OpenOCD does not know, before the probe is opened. Its commands were renamed between versions, so a file that one version takes another refuses. Neither probe nor target has a part in it.",
    remedy: [
      "Use the files that came with this OpenOCD: `-f interface/stlink.cfg -f target/stm32f1x.cfg`, and see with `openocd --version` which one runs.",
      "Old words and new ones: interface, adapter driver; adapter_khz, adapter speed; hla_serial, adapter serial; cmsis_dap_vid_pid, cmsis-dap vid_pid (0.12); tpiu config, tpiu create (0.12).",
      "An IDE's or a project's own .cfg: regenerate it, or install the OpenOCD that it was written for.",
      'Order: the interface\'s file, `transport select`, the target\'s file, settings, then `init`, and only then what needs the target: `-c init -c "reset halt" -c "flash write_image erase x.elf" -c shutdown`. `program` does `init` by itself.',
      'A whole command behind -c is one argument of the shell (`-c "flash write_image erase x.bin 0x08000000"`), with no backslashes and no second pair of quotation marks in it (CMake: VERBATIM; Make and Python: quote once).',
    ],
  },
  {
    code: "gdb-without-arm",
    title: "GDB is not built for ARM",
    cause:
      "The GDB that was started is one for the computer's own processor and does not understand the registers of a Cortex-M.",
    how: "A GDB that does not know ARM rejects the server's description of the core and takes its registers for too few or too many. The server and the target answered, so they are good. An old GDB for ARM may stumble over a floating-point unit alike, so it is not certain.",
    remedy: [
      "Start `arm-none-eabi-gdb` or `gdb-multiarch` in place of `gdb` (VS Code: gdbPath or gdbTarget; a Cargo runner: the file .cargo/config.toml).",
      "With gdb-multiarch and no ELF file: `set architecture armv7e-m` (armv6-m for Cortex-M0) before `target remote`.",
    ],
  },
  ...debuggerFiles,
] as const satisfies readonly FindingKind[];
