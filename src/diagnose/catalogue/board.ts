import type { FindingKind } from "./finding-kind.ts";

/** What a board's jumpers, supply and second core do, and what a tool does not know of its chip. */
export const board = [
  {
    code: "board-jumpers-off",
    title: "The board's own ST-LINK is not joined to its chip",
    cause:
      "The probe is one that sits on a board ({probe}), and nothing answers behind it: the jumpers that join it to the board's chip may be off (CN2 on Nucleo-64, CN4 on Nucleo-144, CN3 or CN4 on Discovery boards), or the chip is not fed (IDD jumper); or the program on the chip switches SWD off or sleeps.",
    variants: {
      reset:
        "The probe is one that sits on a board ({probe}), and nothing answers behind it, not even under reset, where no program can stand in the way: the jumpers that join it to the board's chip are off (CN2 on Nucleo-64, CN4 on Nucleo-144, CN3 or CN4 on Discovery boards), most likely.",
      boot: "Nothing answers behind the probe of this {board} board: on boards of the STM32WBA the BOOT0 jumper decides whether the chip starts at all ({probe}).",
      error:
        "ST's server gave up with its internal error {number} on a board with a probe of its own: the jumpers that join the probe to the chip may be off.",
    },
    how: "The product number of the probe, and the M in its firmware version, tell an ST-LINK that is built into a board. There the debug wires are tracks that do not come loose, but jumpers part them from the chip so that the probe can serve another board. A program that switches SWD off looks the same from outside, unless it was tried under reset; so it is never certain.",
    remedy: [
      "Fit both jumpers at CN2 (Nucleo-64), CN4 (Nucleo-144), CN3 or CN4 (Discovery; the board's manual tells); for a board outside, take them off and wire SWDIO, SWCLK, GND, NRST and VTref.",
      "Fit the IDD jumper (JP5, JP6 or the like) that feeds the chip.",
      "If the jumpers are on, connect under reset: then the program on the chip does not run.",
    ],
    doneUnderReset: ["If the jumpers are on, connect under reset: then the program on the chip does not run."],
  },
  {
    code: "supply-configuration",
    title: "The program sets the chip's core supply up wrongly",
    cause:
      "{chip} has its core fed by an LDO or by a switching converter (SMPS), as the board is wired; a program that selects the other one takes the core's supply away at its start, and the chip is dead to the debugger {when}.",
    variants: {
      waits:
        "The program waits for VOSRDY, which says that the core's supply is as it was set, and it never is: the program chose a way to feed the core (LDO or switching converter, SMPS) that this board is not wired for.",
      latched:
        "{chip} takes the way in which its core is fed (LDO or switching converter, SMPS) from the program that starts first after power-on, and keeps it until the power is switched off. A program that chooses wrongly for this board runs for as long as an earlier one's choice holds, and starts no more from the next power-on on.",
    },
    how: "On these chips the first write to PWR_CR3 (HAL_PWREx_ConfigSupply) is final until the next power-on (RM0399 and RM0455, PWR). PWR_LDO_SUPPLY on a board that is wired for the SMPS, or the other way round, leaves VCORE wrong. The log shows only that the chip was lost, and which chip it is, so it is never certain.",
    remedy: [
      "Hold BOOT0 high (system memory) and switch the power off and on: then the program does not run; connect, erase the flash.",
      "In the program (SystemClock_Config) call HAL_PWREx_ConfigSupply(PWR_DIRECT_SMPS_SUPPLY) on Nucleo boards with SMPS (names that end in -Q), PWR_LDO_SUPPLY on boards without; in the .ioc it is RCC > Supply Source.",
    ],
  },
  {
    code: "probe-firmware-defect",
    title: "This version of the probe's firmware loses such chips",
    cause: "The probe runs {firmware}, of which it is known that it loses the state of {chip} once the program runs.",
    how: "Users of STM32H743 lost the target with V2J35 and kept it with other versions. One report is no proof that it is the same here.",
    remedy: ["Change the probe's firmware with STLinkUpgrade to the newest version."],
  },
  {
    code: "option-bytes-wrong",
    title: "The option bytes stand in the way",
    cause:
      "The chip was lost over its option bytes: {known}. A boot address, a security or a power setting there can keep the chip from starting or the debugger out.",
    variants: {
      kept: "The option bytes{which} were not changed: the chip was reached and did not take the new value. Protection may be in force that allows no such change, the program that runs may write them back, or the supply or this release of the tool got in the way.",
      area: "The option bytes{which} were not changed: they keep an area of flash secret or secure, and the chip gives such an area up together with read protection alone, when RDP is taken from level 1 back to level 0 (which erases it).",
      zone: "TrustZone (TZEN) was not changed: it is switched on only at RDP level 0, and off only together with a step of RDP from level 1 or 0.5 back to level 0, which erases flash.",
      boot: "BOOT0 is low, and the chip starts ST's boot loader all the same: on {chip} option bytes may take the pin's place or say where it leads, and they choose the boot loader, most likely.",
      unread:
        "The option bytes could not be read: read protection, or a connection that was lost or too fast for this port.",
      closed:
        "The chip shuts debuggers out since {setting} was written: that is what this setting does, and not a fault of wires or probe.",
    },
    how: "Option bytes are loaded at reset and take effect before the program. A chip that was there until they were changed and does not answer afterwards was changed by them, most likely.",
    remedy: [
      "Switch the power off and on; connect under reset, at a low clock, with STM32CubeProgrammer.",
      "Start the boot loader (BOOT0 high) and set the option bytes back over USB or UART.",
      "RDP level 2, and some security settings of the WB and WL, cannot be undone.",
    ],
  },
  {
    code: "chip-mismatch",
    title: "Tool or project is set to another chip",
    cause: "The tool was set to {wanted}, but the chip is {there}.",
    variants: {
      port: "The tool was set up for {wanted}, but the debug port that answered, 0x{found}, is that of {there}: another chip than the one that it was told, or the probe is led to another chip of the board.",
      core: "The tool was set to a chip whose debug port has ID 0x{expected}, but 0x{found} answered, which is that of {there}: another chip than the one that it was told, most likely.",
      driver:
        "The tool's flash driver does not take the chip for one of its family: the target file is for another family, or the chip's ID could not be read.",
    },
    how: "The device ID, or the ID code of the debug port, that the chip gives is compared with the family that the tool was told (target file, --chip, device, project). Names of files are no proof, so it is likely at most.",
    remedy: [
      "Choose the target for the chip that is there: OpenOCD `-f target/stm32XXx.cfg`, probe-rs `--chip`, pyOCD `--target`, cortex-debug `device` and `configFiles`.",
      "If the chip is what it should be, check which board is attached, and whether two are.",
    ],
  },
  {
    code: "tool-lacks-chip",
    title: "The tool does not know the chip that it was told",
    cause:
      "The tool has no description of a chip named {name}: it is too old for it, its package is not installed, or the name is spelt otherwise there.",
    variants: {
      member:
        "The tool knows the family but not this member of it, {name}: it is older than the chip, and so it does not know its flash.",
      "name-only":
        "The tool recognises the chip as {name} and knows no sizes of its memories: those of a page and of the SRAM come from its own list, and are 0 there. It is too old for this chip.",
      "no-flash":
        "The tool read which core it is, and knows no way to write the flash of a chip with it: it is older than the chip's family.",
      "no-size":
        "The memory map that the server gave GDB has flash or RAM of no length, or flash without a size of its blocks: the server does not know this chip's memories, and GDB loads nothing where its map has nothing.",
      "no-index":
        "pyOCD does not find {name} in its index of packs, since the description of that family's pack could not be downloaded: it has no such target, and without one it works with a bare core, of which it knows neither flash nor where the debugger finds it.",
      several:
        "The tool's description of the chip has more than one flash algorithm for the place that is to be written, and does not say which to take: it wrote nothing.",
      driver:
        "The tool's driver for flash is for other families than the target's ({name}): it answers, and this release of the tool does not know its flash.",
      script:
        "This OpenOCD has no {path}: {lacks}. It is older than the family that the file is for, and knows no way to its flash.",
      family:
        "The program or board is one for an {family}, and {tool} is older than that family: it does not know where such a chip keeps its device ID, and then says that it cannot connect.",
      external:
        "The external flash answers with the ID {name}, which is not in the tool's list and tells nothing of itself by SFDP: its size and commands have to be given by hand.",
      core: "The tool was not told which chip it is and works with a bare core ({name}), which has no flash: nothing can be programmed, and GDB gets no memory map.",
      utility:
        "ST-LINK Utility, which is no longer kept up, may not know the chip: of a family that came after it, it says no more than that it cannot connect.",
    },
    how: "The tool says so itself before it touches the chip.",
    remedy: [
      "List the names that the tool knows: `probe-rs chip list`, `pyocd list --targets` (after `pyocd pack install NAME`), OpenOCD's `target` folder, J-Link's device list.",
      "Update the tool.",
    ],
  },
  {
    code: "core-does-not-halt",
    title: "The core does not halt",
    cause:
      "The debug port answers, but the core did not halt in time: the reset by which the tool wanted to stop it did not arrive (it uses NRST, and NRST is not wired to the probe), or the core is held in reset (NRST low) or asleep with its clock off.",
    variants: {
      access:
        "The debug port answers, but the core behind it does not: its domain is off or asleep, it is held in reset, security or read protection (level 2) shuts the debugger out, or the tool looks for it behind another access port.",
      stuck:
        "The core answers the debugger and did not halt when it was told to: its program hangs in an access that never ends (external memory that does not answer in memory-mapped mode, flash that is being erased) or has crashed, most often; else its clock is off (sleep), or the reset that was to stop it did not arrive (NRST).",
      reset:
        "The core did not halt after a reset by the tool: NRST is not wired to the probe, most likely, so that connect under reset never took place; or something else holds NRST low.",
    },
    how: "A halt request takes effect at the next instruction (ARMv7-M C1.4.1). A core that does not reach one is in reset, has no clock, or is stuck on the bus.",
    remedy: [
      "Check that NRST is wired and not held low; without NRST use a reset by software (OpenOCD: `reset_config none` and `cortex_m reset_config sysresetreq`).",
      "Connect under reset with NRST wired.",
      "Lower the wire clock (1000 kHz or less).",
    ],
  },
  {
    code: "comparators-used-up",
    title: "All hardware breakpoints or watchpoints are in use",
    cause:
      "More hardware {what} were asked for than the core has: a Cortex-M3 or M4 has 6 breakpoints and 4 watchpoints, a Cortex-M7 8 and 4, a Cortex-M0 4 and 2. In flash every breakpoint needs one.",
    variants: {
      place:
        "A hardware breakpoint was asked for at an address outside of the code region (0x20000000 and above: RAM, external memory), which the breakpoint unit of this core does not reach.",
      shape:
        "A watchpoint was asked for that no comparator of this core can make: one watches an aligned block whose size is a power of two, whatever value is written there.",
    },
    how: "The debugger or the server says so itself.",
    remedy: [
      "Delete breakpoints that are not needed; a step over a line or a temporary breakpoint (main) needs a free one, too.",
      "Code in RAM can have software breakpoints.",
    ],
  },
  {
    code: "unhandled-interrupt",
    title: "An interrupt or fault came that the program has no handler for",
    cause:
      "The program stands in {handler}, the endless loop that the start-up file gives to every interrupt and fault without a handler of its own.",
    how: "The start-up code's weak handlers all lead to one loop. IPSR (the low 9 bits of xPSR) tells which exception it was: 3 to 6 are faults, 16 and more are interrupts by number.",
    remedy: [
      'Look at `p $xpsr & 0x1ff` (`info registers xpsr`): number minus 16 is the interrupt; write its handler, with the very name that the vector table uses (extern "C" in C++).',
      "3 to 6: it was a fault; `probity doctor --reset` reads the fault registers and the stacked frame and tells which and where (by hand: CFSR at 0xE000ED28, HFSR at 0xE000ED2C).",
    ],
  },
  {
    code: "program-waits",
    title: "The program waits for a peripheral",
    severity: "warning",
    cause:
      "The program was stopped in a loop that waits for a bit of a peripheral's register, {condition}: if it stands there each time, the peripheral never gets that far.",
    variants: {
      tick: "The tick of ST's HAL (uwTick) stands still at {condition} while the program runs: HAL_Delay() and every time-out of the HAL wait for it for ever.",
    },
    how: "The line of source at which GDB shows the interrupted program. A loop that is soon over is seldom met by chance; that it never ends only a second stop tells.",
    remedy: [
      "Let it go on and stop it again: at the same line, the bit does not come. Look at the peripheral's registers (`p/x *I2C1` with -g3, or the SFR view): whether its clock is on, it is enabled, and its error bits (I2C: AF is a device that does not answer).",
      "Then at its pins: alternate function, pull-up resistors of a bus, the other device's supply and address (7 bits, shifted left by one for ST's HAL).",
      "Give such loops a limit of time: a bus that hangs must not stop the program.",
    ],
  },
  {
    code: "gdb-server-gone",
    title: "No server answers GDB",
    cause: "GDB found no server at {port}: it was not started, has ended, or listens at another port.",
    variants: {
      closed:
        "The server ended or closed the connection while GDB was using it: it crashed, was stopped, or gave up on the probe or target. Why, only the server's own output tells.",
      "timed-out":
        "The server stopped answering GDB: it waits for a probe or target that no longer answers, or something else listens at that port.",
      occupied:
        "The server refused this GDB because it has a debugger already and takes no second one: another session, or one that was left running.",
      unconnected:
        "GDB is not connected to a server: no `target extended-remote HOST:PORT` came before this command, or it failed.",
      launch: "{name} did not become ready in time or ended at once; why, only its own output tells.",
    },
    how: "The operating system refuses a connection at once when nobody listens at the port. What the server itself says is not in this text.",
    remedy: [
      "Read the server's own output (in VS Code: the gdb-server tab under TERMINAL), and have that explained.",
      "Start the server by hand with the same options; compare its port with GDB's.",
    ],
  },
  {
    code: "program-missing",
    title: "A program that is to be started is not found",
    cause: "{path} could not be started: it is not installed, not on the path, or the setting names another place.",
    variants: {
      forbidden:
        "{path} could not be started: the system does not run it (EACCES). It is a folder, or a file without the right to be run.",
      folder:
        "{path}, which {setting} names, could not be started: the system does not run it (EACCES). By its name it is the folder of the program, not the program.",
    },
    how: "The operating system says that there is no such file (ENOENT) or that it may not be run (EACCES).",
    remedy: [
      "Install it, or give its full path: in cortex-debug `serverpath`, `cortex-debug.openocdPath`, `cortex-debug.armToolchainPath`, `cortex-debug.stlinkPath`.",
    ],
  },
] as const satisfies readonly FindingKind[];
