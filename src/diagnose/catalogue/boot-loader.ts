import type { FindingKind } from "./finding-kind.ts";

/** ST's boot loader in the chip's system memory, over a serial port or USB, without a debug probe. */
export const bootLoader = [
  {
    code: "serial-port-unavailable",
    title: "The serial port cannot be opened",
    cause:
      "The serial port {port} could not be opened: it is not there under this name, another program holds it, or this user may not open it.",
    variants: {
      missing: "The serial port {port} does not exist: the adapter is not attached, or has another name now.",
      busy: "The serial port {port} is in use by another program (a serial monitor, an IDE, ModemManager).",
      permission: "This user may not open the serial port {port}, or another program holds it.",
    },
    how: "The system refused the port before anything was sent. Neither the chip, its boot loader nor a debug probe has a part in it.",
    remedy: [
      "See which ports there are (Windows: Device Manager, Ports; Linux: `ls -l /dev/ttyUSB* /dev/ttyACM*`; macOS: `ls /dev/cu.*`), and give that name.",
      "Close whatever may hold it: the serial monitor, a terminal, another upload.",
      "Linux: this user has to be in the group that owns the port (`sudo usermod -aG dialout $USER`, then log in anew). Windows: install the adapter's driver (CH340, CP210x, FTDI).",
    ],
  },
  {
    code: "boot-loader-silent",
    title: "ST's boot loader does not answer",
    cause:
      "Nothing answers on the serial line as ST's boot loader would: the chip runs its own program or none, listens on another UART, or RX and TX are swapped or open.",
    variants: {
      lost: "ST's boot loader answered at first and then no more: the chip was reset in between (a watchdog that option bytes start, its supply), or the line was lost.",
      usb: "No chip is in its USB boot loader (DFU): BOOT0 was not high at reset, the board had not come up there yet, its USB lines are not those of the boot loader, or the system has no driver for it.",
    },
    how: "The boot loader measures the baud rate from 0x7F and answers 0x79 (AN3155), or appears on USB as 0483:df11 (AN3156); nothing of that was seen. It runs only when BOOT0 (or option bytes, or a jump of the program) chose system memory at reset (AN2606).",
    remedy: [
      "BOOT0 to VDD (BOOT1 low, where there is one), then a reset; only then connect. After each failed try another reset: the boot loader measures the rate once.",
      "Serial: the UART and pins that AN2606 lists for this chip (often PA9 and PA10), TX to RX and RX to TX, a common ground, 8 bits and even parity.",
      "USB: the chip's own socket and not the probe's, a cable that carries data; families without a crystal-less USB need their crystal (AN2606). Windows: the WinUSB driver (STM32CubeProgrammer installs it; Zadig). Linux: udev rules for 0483:df11.",
    ],
  },
  {
    code: "boot-loader-garbled",
    title: "Answers of ST's boot loader come garbled",
    cause:
      "What comes over the serial line is neither an acknowledge (0x79) nor a refusal (0x1F) of ST's boot loader: it is garbled, or another program answers.",
    variants: {
      later:
        "ST's boot loader answered, and what comes after is garbled: bytes that are neither its acknowledge (0x79) nor its refusal (0x1F). The serial line disturbs them, or the two sides' clocks have drifted apart.",
    },
    how: "AN3155 knows three answers: 0x79, 0x1F and 0x76 (busy). Other bytes are an echo, a wrong rate or parity, a disturbed line, or the text of a program that runs instead.",
    remedy: [
      "Reset the chip into its boot loader and try again at a lower rate (9600 or 57600 baud), 8 bits, even parity, 1 stop bit.",
      "Check the line: a common ground, 3.3 V levels, short wires, no second device on RX or TX; try another adapter.",
      "If text or the same bytes come back: the chip's program runs in place of the boot loader (BOOT0), or TX and RX are connected to each other.",
    ],
  },
  {
    code: "boot-loader-refuses",
    title: "ST's boot loader refuses a command",
    cause:
      "ST's boot loader answers and refuses {what}: protection of the flash, an address that it does not allow, or a command that this version of it lacks.",
    variants: {
      error: "ST's boot loader answers and went into its error state ({what}).",
    },
    how: "The boot loader acknowledged before and then answered 0x1F (AN3155), or its DFU status is an error (AN3156, DFU 1.1 section 6.1.2): the connection is good, what was asked for was refused.",
    remedy: [
      "Reset the chip into its boot loader and repeat: one that was left in the middle of a command refuses the next.",
      "See whether flash is protected (option bytes: RDP, WRP, PCROP, secure areas) and whether the address is one of this chip's (AN2606, the reference manual's memory map).",
      "Over ST-LINK the same can be tried with another view of the chip: `probity doctor`.",
    ],
  },
] as const satisfies readonly FindingKind[];
