import type { FindingKind } from "./finding-kind.ts";

/** Work on flash that a tool could not finish, where its log does not say why. */
export const flashWork = [
  {
    code: "flash-refused",
    title: "Flash cannot be erased or programmed",
    cause:
      "The chip was reached, but its flash could not be {operation}: most often it is read- or write-protected (option bytes); else a watchdog or the running program gets in the way, the supply dips, or that part is reserved for a second core or a secure area.",
    variants: {
      algorithm:
        "The chip was reached, but the tool's flash loader could not be put into its RAM or did not run there: most often the chip is read-protected (option bytes); else a watchdog or the running program gets in the way, or the tool is too old for the chip.",
      middle:
        "The chip was reached, and its flash took the program up to {address} and not further: what was written before speaks against protection of the whole; the debug wires or the USB cable garble the transfer, the supply dips, a watchdog resets the chip, or the pages from there on are write-protected.",
      load: "GDB could not load the program: flash refused it (read or write protection, a watchdog), or a part of the program lies at an address where there is no flash, or external memory without a loader.",
    },
    how: "The tool had connected and read the chip, so power, wires and probe are good; then the work on flash failed, and the log gives no reason. Option bytes tell which it is.",
    remedy: [
      "Read the option bytes (STM32CubeProgrammer: OB; `probity doctor`): RDP above level 0 is read protection, WRP (nWRP) write protection. Setting RDP to level 0 erases the whole flash.",
      "Connect under reset with hardware reset, so that neither program nor watchdog runs meanwhile.",
      "Look at where the program's sections lie: `arm-none-eabi-objdump -h FILE.elf`.",
    ],
    doneUnderReset: ["Connect under reset with hardware reset, so that neither program nor watchdog runs meanwhile."],
  },
  {
    code: "flash-differs",
    title: "Flash does not hold what was programmed",
    cause:
      "What flash holds{address} is not what was programmed{detail}: it was not erased there or did not take the data (protection, a secure area, a supply that dips), or something changed it meanwhile (the program that ran, a watchdog's reset), or the image is for another chip.",
    variants: {
      external:
        "External memory does not hold{address} what was written{detail}: the external loader did not write it (wiring, pins or another memory than the loader's), or reads it back otherwise than it wrote it (address mode, dummy cycles, memory-mapped mode).",
    },
    how: "Verification reads back and compares. That it differs is certain; why is not told by a log.",
    remedy: [
      "Erase the whole chip, connect under reset with hardware reset, and program again.",
      "Read the option bytes: write protection, read protection, TrustZone's secure areas.",
      "Compare the device ID with the chip that the project is for.",
    ],
  },
  {
    code: "flash-secured",
    title: "Flash belongs to TrustZone's secure side",
    cause:
      "{chip} has TrustZone: flash that its option bytes make secure (TZEN with SECWM or SECBB) reads as zero from the non-secure side and ignores what is written there, and that is how it failed.",
    how: "On chips with TrustZone the debugger's accesses are non-secure unless it asks otherwise; a non-secure read of secure flash gives 0, and a write is ignored (RM0438, FLASH secure protection). Other reasons for a difference are possible, so it is never certain.",
    remedy: [
      "Read the option bytes TZEN, SECWM1 and SECWM2 with STM32CubeProgrammer: without TrustZone in the program, TZEN = 0 (regression to RDP level 0 erases the chip); with it, make the area non-secure or program through the secure alias 0x0C000000.",
    ],
  },
] as const satisfies readonly FindingKind[];
