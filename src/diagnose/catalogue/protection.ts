import type { FindingKind } from "./finding-kind.ts";

/** Protection of the flash, and its wear. */
export const protection = [
  {
    code: "read-protected",
    title: "The flash is read-protected",
    cause:
      "The flash is read-protected{level}: a debugger can neither read nor program it, and the program stops at its first fetch once a debugger is attached.",
    variants: {
      vectors:
        "The flash is read-protected, most likely: the core found zeros where its vectors are, and flash refuses to be changed.",
      refused:
        "The flash is read-protected, most likely: ST's boot loader answers, and refuses what it refuses then (reading, writing, erasing).",
      "or-reset":
        "The flash may be read-protected: the chip cannot be read, and the tool names protection as one cause and a reset that lasts as the other.",
      size: "The flash is read-protected, most likely: the tool reads its size register as 0, as it does where the debugger may not read.",
    },
    how: "RDPRT in FLASH_OBR (RM0008 3.3.3; PM0075) or RDP in the option register of other families. Reading flash then gives a bus error, and programming is refused.",
    remedy: [
      "Save what you need first: removing the protection erases the whole flash, which Probity does not do by itself. STM32CubeProgrammer: Option bytes (OB) > Read Out Protection, RDP to 0xAA (F1: RDP unticked), Apply; or `STM32_Programmer_CLI -c port=SWD mode=UR -rdu`. Then switch the power off and on.",
      "Level 2 (families other than F1) can't be undone: replace the chip.",
    ],
  },
  {
    code: "write-protected",
    title: "Pages of the flash are write-protected",
    severity: "warning",
    cause: "Write protection is on for {pages}: erasing and programming them fails.",
    variants: {
      refused: "Flash refuses the write because it is write-protected{pages}.",
      likely: "Flash may be write-protected: the tool could not {operation} it.",
    },
    how: "A zero bit in FLASH_WRPR protects its pages (RM0008 3.3.3); WRPRTERR in FLASH_SR says that a write was refused for it.",
    remedy: [
      "Remove the write protection in the option bytes, for example with STM32CubeProgrammer: Option bytes (OB) > Write Protection; it takes effect with the next reset.",
      "A boot loader may protect itself on purpose: then load your program behind it.",
    ],
  },
  {
    code: "flash-worn",
    title: "Flash does not take what is programmed",
    cause:
      "Flash at {address} does not hold what was programmed: {detail}. The cells are worn out (10 000 cycles by the data sheet) or damaged.",
    variants: {
      erase: "Flash at {address} is not empty after it was erased: {detail}. The cells are worn out or damaged.",
      possible: "Flash may be worn out or damaged: {detail}.",
    },
    how: "The page was erased, the programming was accepted without WRPRTERR, and what is read back differs. With protection and a low supply excluded, the cells themselves are left.",
    remedy: [
      "Erase and program the page once more with a supply that is known to be good: a cell that is worn fails at the same address again.",
      "Place the program so that it avoids the page, or replace the chip.",
      "Look for code that writes flash in a loop (EEPROM emulation, logging).",
    ],
  },
] as const satisfies readonly FindingKind[];
