import type { FindingKind } from "./finding-kind.ts";

/** Which chip it is. */
export const chip = [
  {
    code: "chip-not-genuine",
    title: "The chip is not made by ST",
    severity: "warning",
    cause: "This is no STM32 of ST's{maker}: a compatible chip that tools of ST's refuse.",
    variants: {
      doubtful: "This may be no STM32 of ST's: one of its marks does not fit.",
      unread:
        "The tool could not verify that the chip is ST's: most often its designer code is not (a compatible chip, as on many Blue Pills); else the ROM table with that code could not be read (a second core, the wrong access port, a closed or sleeping core).",
      loaderless:
        "The memory in which ST leaves its boot loader is erased: {address}, where the loader's stack pointer stands, reads 0xFFFFFFFF. Most likely this is no STM32 of ST's, else that memory was damaged; no boot loader can answer.",
      refused: "The tool refuses the chip because it is not ST's, most likely: its designer code is not ST's.",
    },
    how: "The root ROM table names the designer (JEP106: 0x20 is ST), and copies differ in DPIDR, CPUID, revision or in the word of the flash size register. The designer alone is conclusive; other signs count when there are several.",
    remedy: [
      "Probity debugs and programs it all the same; most of ST's tools refuse it.",
      "Check what differs from the original: flash size, clock limits, errata, USB and ADC.",
      "OpenOCD: give the DPIDR that was read before the target's file: `-c 'set CPUTAPID 0x2ba01477' -f target/stm32f1x.cfg`; 0 takes any.",
    ],
  },
  {
    code: "chip-unknown",
    title: "Which chip it is could not be told",
    severity: "warning",
    cause: "The chip answers, but {id} is in no table: the core can be debugged, flash cannot be programmed.",
    variants: {
      garbage:
        "What the tool took for the chip's device ID, {id}, is none that any STM32 has: the read went wrong. This version of the tool misreads this chip or probe, or the chip does not answer.",
      zero: "The tool read 0 in place of the chip's device ID: it did not get at the chip. Most often nothing answers (SWDIO, SWCLK or GND open, no power, the board's jumpers off), or the program on the chip sleeps or has taken SWD away; else this release does not know how to ask such a chip.",
      unreadable: "The chip answers, but its device ID could not be read: which chip it is stays unknown.",
    },
    how: "DBGMCU_IDCODE holds the device ID (RM0008 31.6.1). It reads 0 where its clock is off, or the access port is another core's.",
    remedy: [
      "Connect under reset, so that the program can't stand in the way.",
      "For a chip with several cores choose the access port: -m (--apid) of the server.",
    ],
    doneUnderReset: ["Connect under reset, so that the program can't stand in the way."],
  },
  {
    code: "flash-size-wrong",
    title: "The flash size register holds an impossible value",
    severity: "warning",
    cause: "The flash size register holds {raw} ({size}), which no {chip} has{sizes}.{assumed}",
    variants: {
      assumed:
        "The flash size register could not be read, or holds an impossible value: the tool takes the flash for {kib} KiB instead.",
      foreign:
        "The flash size register holds {raw} ({size}), which no {chip} of ST's has{sizes}. This chip is not ST's, and may well have it.",
      log: "The tool takes the flash for {kib} KiB, which no {chip} has: it read the flash size register wrongly, or the chip is no original.",
    },
    how: "The factory writes the size in KiB into F_SIZE (RM0008 30.1.1). A device ID stands for one density, and the sizes that ST makes of it are few: STM32F103 have 16 or 32 KiB with ID 0x412, 64 or 128 with 0x410, 256 to 512 with 0x414, 768 or 1024 with 0x430. Another value is met in chips that are not ST's, and in those whose system memory was damaged; where flash can't be read either, in those that are read-protected.",
    remedy: [
      "Look at the marking: a size that ST does not make with this device ID points at a copy.",
      "Do not trust the end of flash: verify what is programmed high up (--verify).",
      "Older servers of ST's stop where the register is blank; newer ones and Probity's go on.",
    ],
  },
  {
    code: "image-too-large",
    title: "The program is larger than the chip's flash",
    cause: "The program reaches to {end}, but by its size register the flash of this chip ends at {flashEnd}.",
    variants: {
      told: "The program is larger than the flash of this chip{size} by the measure of the tool, which does not write it, or not all of it.",
    },
    how: "The end of the image is compared with the size that the chip's register gives.",
    remedy: [
      "Choose the right chip in the project, or make the program smaller.",
      "Many STM32F103x8 hold 128 KiB though their register says 64: nobody vouches for the upper half.",
    ],
  },
] as const satisfies readonly FindingKind[];
