/** Each harmless line as its tool prints it, what stands before and behind it in the log, and how somebody asks about it. */
import type { HarmlessName } from "../../src/diagnose/catalogue/harmless.ts";

interface Text {
  readonly before: readonly string[];
  readonly line: string;
  readonly behind: readonly string[];
  readonly ask: string;
}

const openocd = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J43M28 (API v2) VID:PID 0483:374B"];
const written = ["** Programming Started **", "** Programming Finished **", "** Verified OK **"];
const programmer = ["STM32CubeProgrammer v2.16.0", "ST-LINK SN  : 066DFF485550755187121723", "Device ID   : 0x431"];
const downloaded = ["Memory Programming ...", "File download complete", "Download verified successfully"];
const ofOpenOcd = (line: string, ask: string): Text => ({ before: openocd, line, behind: written, ask });
const ofProgrammer = (line: string, ask: string): Text => ({
  before: [...programmer, ...downloaded],
  line,
  behind: [],
  ask,
});

export const lines: Readonly<Record<Exclude<HarmlessName, "a server that waits" | "the text as a whole">, Text>> = {
  "The selected transport took over low-level target control": ofOpenOcd(
    "Info : The selected transport took over low-level target control. The results might differ compared to plain JTAG/SWD",
    "Why does it say that the selected transport took over?",
  ),
  "Unable to match requested speed": ofOpenOcd(
    "Info : Unable to match requested speed 2000 kHz, using 1800 kHz",
    'Is "Unable to match requested speed" a problem of my cable?',
  ),
  "Adding extra erase range": ofOpenOcd(
    "Warn : Adding extra erase range, 0x08003a10 .. 0x08003fff",
    "What does the extra erase range mean, is it bad?",
  ),
  "Padding image section": ofOpenOcd(
    "Warn : Padding image section 0 at 0x08003a0c with 4 bytes",
    'Do I have to care about "Padding image section 0"?',
  ),
  DEPRECATED: ofOpenOcd(
    "DEPRECATED! use 'adapter speed' not 'adapter_khz'",
    "It tells me that something is deprecated, do I have to act?",
  ),
  "halted due to debug-request": ofOpenOcd(
    "[stm32l4x.cpu] halted due to debug-request, current mode: Thread",
    "Why is it halted due to debug-request, did I ask for that?",
  ),
  "srst_only separate": ofOpenOcd(
    "srst_only separate srst_nogate srst_open_drain connect_deassert_srst",
    "What does the line that begins with srst_only tell me about my board?",
  ),
  "auto-selecting first available session transport": ofOpenOcd(
    `Info : auto-selecting first available session transport "hla_swd". To override use 'transport select <transport>'.`,
    "Why does it say auto-selecting first available session transport?",
  ),
  "keep_alive() was not invoked": ofOpenOcd(
    "Warn : keep_alive() was not invoked in the 1000 ms timelimit. GDB alive packet not sent! (1437 ms)",
    "What does the line with keep_alive in it want from me?",
  ),
  "shutdown command invoked": {
    before: [...openocd, ...written],
    line: "shutdown command invoked",
    behind: [],
    ask: 'At the end there is "shutdown command invoked", why that?',
  },
  "NRST is not connected": {
    before: [
      "st-flash 1.7.0",
      "2023-02-11T16:08:10 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.",
    ],
    line: "WARN common.c: NRST is not connected",
    behind: ["2023-02-11T16:08:10 INFO common.c: Flash written and verified! jolly good!"],
    ask: 'What does "NRST is not connected" mean, do I have to fix it?',
  },
  "Debugger connection lost": {
    before: [
      "STMicroelectronics ST-LINK GDB server. Version 7.8.0",
      "Waiting for debugger connection...",
      "Debugger connected",
      ...programmer,
      ...downloaded,
    ],
    line: "Debugger connection lost.",
    behind: [],
    ask: 'I always get "Debugger connection lost" when I press stop, why?',
  },
  "Software reset": ofProgrammer("Software reset is performed", "Why is there a software reset at the end of it?"),
  "Application is running, Please Hold on": ofProgrammer(
    "Application is running, Please Hold on...",
    "For what should I please hold on at the end?",
  ),
  "Option Bytes are unchanged": ofProgrammer(
    "Warning: Option Bytes are unchanged, Data won't be downloaded",
    'It says "Option Bytes are unchanged", what does it mean?',
  ),
  "Invalid DFU suffix signature": {
    before: ["dfu-util 0.11"],
    line: "dfu-util: Warning: Invalid DFU suffix signature",
    behind: ["Opening DFU capable USB device...", "File downloaded successfully"],
    ask: "Do I have to care about the DFU suffix that is invalid?",
  },
  checksum: {
    before: [
      "Connected via SWD.",
      "Device ID:0x433",
      "Device family :STM32F401xD/E",
      "[pump.bin] opened successfully.",
    ],
    line: "[pump.bin] checksum : 0x0049B1E7",
    behind: ["Memory programmed in 2s and 406ms.", "Verification...OK"],
    ask: "Which checksum is that, can I compute it by myself?",
  },
  dfuERROR: {
    before: ["dfu-util 0.11", "Opening DFU capable USB device...", "Determining device status..."],
    line: "DFU state(10) = dfuERROR, status(10) = Device's firmware is corrupt. It cannot return to run-time (non-DFU) operations",
    behind: [
      "Clearing status",
      "Determining device status...",
      "DFU state(2) = dfuIDLE, status(0) = No error condition is present",
      "Download done.",
      "File downloaded successfully",
    ],
    ask: '"Device\'s firmware is corrupt. It cannot return" -- did I break my board?',
  },
  "automatically using hardware breakpoints for read-only addresses": {
    before: ["GNU gdb (GNU Arm Embedded Toolchain) 12.1", "Reading symbols from build/meter.elf..."],
    line: "Note: automatically using hardware breakpoints for read-only addresses.",
    behind: ["Breakpoint 1, main () at src/main.c:41"],
    ask: "Why is it automatically using hardware breakpoints here?",
  },
  "a place in the source after each message": {
    before: ["Running probe-rs run --chip STM32G431RBTx target/meter", "Finished in 0.93s", "INFO  Hello World!"],
    line: "└─ meter::main @ src/main.rs:13",
    behind: [],
    ask: "Why are there line numbers after each message, is that a stack trace?",
  },
  "a run that stays attached": {
    before: [],
    line: "Running probe-rs run --chip STM32G431RBTx target/meter",
    behind: ["Erasing ✔ [00:00:00] [####################] 16.00 KiB/16.00 KiB @ 52.61 KiB/s", "Finished in 0.93s"],
    ask: "How do I make it exit after that? It does not return to the prompt.",
  },
};
