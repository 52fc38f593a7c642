import type { FindingDetail } from "./finding-kind.ts";

/** Lines of tools, and states of a session, that people take for trouble; `name` is what is seen of them. */
export const harmless = [
  // OpenOCD.
  {
    name: "The selected transport took over low-level target control",
    cause:
      "the ST-LINK's firmware makes the accesses to the target by itself, and OpenOCD only asks for them; it says so at the start of every session of this kind (hla_swd)",
    remedy: [],
  },
  {
    name: "Unable to match requested speed",
    cause:
      "the probe has some fixed clocks for the debug wires, and the one that was asked for is none of them: it took one that it has, and worked with that",
    remedy: ["Ask for the clock that it took (OpenOCD: `adapter speed KHZ`), and the line is gone."],
  },
  {
    name: "Adding extra erase range",
    cause:
      "flash is erased by whole sectors, and the file does not fill its last one: the range is the rest of that sector, which was erased as well",
    remedy: [
      "Only what you keep in that sector besides the program (settings, an emulated EEPROM) is lost by it: move that.",
    ],
  },
  {
    name: "Padding image section",
    cause: "flash is written in blocks of a fixed size, and what a section lacks to fill its last one was filled up",
    remedy: [],
  },
  {
    name: "DEPRECATED",
    cause: "a command or a file has got another name, and the old one still does the same",
    remedy: ["Use the new name that the line tells: a later release may not know the old one."],
  },
  {
    name: "halted due to debug-request",
    cause: "the tool itself stopped the core, as it has to before it writes flash",
    remedy: ["A reset at the end lets the program run: OpenOCD's `program FILE.elf verify reset exit` has one."],
  },
  {
    name: "srst_only separate",
    cause: "OpenOCD repeats how its configuration has NRST used (reset_config); nothing was found out about the board",
    remedy: [],
  },
  {
    name: "auto-selecting first available session transport",
    cause: "no transport was named, and OpenOCD took the adapter's own, which is SWD",
    remedy: ["Name it in your configuration (`transport select`), and the line is gone."],
  },
  {
    name: "keep_alive() was not invoked",
    cause:
      "OpenOCD worked longer than a second without a word to GDB, as erasing takes; GDB waited, and the session went on",
    remedy: ["Should GDB lose its connection by it, let it wait longer: `set remotetimeout 20`."],
  },
  {
    name: "shutdown command invoked",
    cause: "OpenOCD had done what it was asked for, and ended because it was told to",
    remedy: [],
  },
  // The stlink tools.
  {
    name: "NRST is not connected",
    cause:
      "the tool pulled NRST low and saw no reset in the chip, as with every probe that has no wire to NRST; a reset by software did instead, and flash was written",
    remedy: ["Wire NRST if you want to connect under reset: it lets you in where a program switches SWD off."],
  },
  // ST's tools.
  {
    name: "Debugger connection lost",
    cause:
      "the debugger closed its connection, as it does when you end the session, and the server ended with it; what it was asked to write had been written",
    remedy: ["ST's server stays for the next debugger if it is started with -e (persistent mode)."],
  },
  {
    name: "Software reset",
    cause:
      "the chip was reset by a register of the core (SYSRESETREQ) and not by its NRST pin, and starts like after any reset",
    remedy: ["STM32CubeProgrammer resets by the pin with `-hardRst`."],
  },
  {
    name: "Application is running, Please Hold on",
    cause: "STM32CubeProgrammer let the program run, and ends by itself after that",
    remedy: [],
  },
  {
    name: "Option Bytes are unchanged",
    cause: "the option bytes have the values that were asked for already, so nothing was written",
    remedy: [],
  },
  // dfu-util.
  {
    name: "Invalid DFU suffix signature",
    cause:
      "a DFU suffix at the end of a file says for which device it is; a plain .bin has none, and dfu-util writes it all the same",
    remedy: ["`dfu-suffix -v 0483 -p df11 -a FILE` adds one, and the line is gone."],
  },
  {
    name: "dfuERROR",
    cause:
      "the boot loader still held an error from before this run; dfu-util cleared it and then wrote the file. The text of the error is the DFU standard's, and was not found out about your board",
    remedy: [],
  },
  // GDB and probe-rs.
  {
    name: "automatically using hardware breakpoints for read-only addresses",
    cause: "the program is in flash, into which GDB writes no breakpoint instruction: it uses the core's comparators",
    remedy: ["There are few of them (four to eight): delete breakpoints that you no longer need."],
  },
  {
    name: "a place in the source after each message",
    cause: "probe-rs shows under each of defmt's messages which line of the source printed it; it is no stack trace",
    remedy: ["`probe-rs run --no-location` leaves it out."],
  },
  {
    name: "checksum",
    cause:
      "it is the sum of all bytes of the file, or of the memory that was written, by which two of them are compared at a glance; the md5 beside it is that of the file",
    remedy: [],
  },
  // States.
  {
    name: "a run that stays attached",
    cause:
      "`probe-rs run` stays with the program after it has written it, to show its messages, until Ctrl-C is pressed",
    remedy: [
      "To write and be done: `probe-rs download --chip CHIP FILE.elf`, then `probe-rs reset --chip CHIP`; or `cargo flash`.",
    ],
  },
  {
    name: "a server that waits",
    cause:
      "it has reached its target and is ready; it prints nothing more and does not end until a debugger comes, or Ctrl-C is pressed",
    remedy: [
      'Leave it as it is, and connect from a second terminal: `arm-none-eabi-gdb FILE.elf -ex "target extended-remote :PORT"`.',
      'To write a file and be done, no server is needed: `openocd -f BOARD.cfg -c "program FILE.elf verify reset exit"`, or `st-flash write FILE.bin 0x08000000`.',
      "Where an IDE started the server, its GDB should have come by itself: read what GDB says there.",
    ],
  },
  {
    name: "the text as a whole",
    cause: "its lines are those of a download that went well from beginning to end",
    remedy: [],
  },
] as const satisfies readonly FindingDetail[];

/** What is seen of something harmless. */
export type HarmlessName = (typeof harmless)[number]["name"];
