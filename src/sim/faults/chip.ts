import { WornCells } from "../stm32/worn-cells.ts";
import { virginOptionBytes } from "../stm32f1/memories.ts";
import { everyBoard, type Fault, type FaultPlan, f1Boards } from "./fault.ts";

/** Sets option bytes by their index, each with its complement (PM0075 2.5). */
function setOptionBytes(plan: FaultPlan, values: Readonly<Record<number, number>>): void {
  const bytes = [...(plan.board.optionBytes ?? virginOptionBytes)];
  for (const [index, value] of Object.entries(values)) {
    bytes[Number(index) * 2] = value;
    bytes[Number(index) * 2 + 1] = value ^ 0xff;
  }
  plan.board.optionBytes = bytes;
}

const RDP = 0;
const WRP0 = 4;
/** Sectors 0–3: 64 KiB. */
const FIRST_SECTORS = 0xf;
/** The stretch whose cells are worn. */
const WORN_BYTES = 0x4000;

/** What is set in the chip, or worn out. */
export const chipFaults: readonly Fault[] = [
  {
    name: "rdp1",
    family: "chip",
    description: "read protection level 1 is set",
    effect:
      "Option byte RDP is 0x00: a debugger's read of flash is a bus fault, and with it the core's own once a debugger " +
      "was there it cannot program or erase pages; unprotecting erases everything (PM0075 2.4).",
    boards: f1Boards,
    apply: (plan) => setOptionBytes(plan, { [RDP]: 0x00 }),
  },
  {
    name: "write-protected",
    family: "chip",
    description: "the first pages of flash are write-protected",
    effect:
      "Erasing and programming them ends with WRPRTERR (WRPERR). STM32F103: 32 KiB (WRP0 = 0x00), STM32F469: " +
      "64 KiB (sectors 0 to 3).",
    boards: everyBoard,
    apply: (plan, { board }) => {
      if (f1Boards.includes(board)) setOptionBytes(plan, { [WRP0]: 0x00 });
      else plan.board.protectedSectors = FIRST_SECTORS;
    },
  },
  {
    name: "wrong-flash-size",
    family: "chip",
    description: "the flash size register does not tell the truth",
    effect: "It reads 0xFFFF KiB, or what flash-size= says; the array itself is as large as ever.",
    boards: everyBoard,
    parameters: [{ key: "flash-size", description: "the register, KiB", initial: 0xffff, minimum: 0, maximum: 0xffff }],
    apply: (plan, bench) => {
      plan.board.sizeRegisterKib = bench.parameter("flash-size");
    },
  },
  {
    name: "boot0-high",
    family: "chip",
    description: "BOOT0 is high: the chip starts ST's boot loader, not the program",
    effect: "System memory answers at 0 after each reset; the program in flash never runs.",
    boards: everyBoard,
    decides: "boot pins",
    refusesKeys: ["boot0", "boot1"],
    apply: (plan) => {
      plan.board.boot0 = true;
    },
  },
  {
    name: "flash-worn",
    family: "flash",
    description: "the first 16 KiB of flash are worn out",
    effect:
      "An erase reports success and leaves one bit in 32 bytes at 0. The STM32F1 then refuses to program such a half-word " +
      "(PGERR); the STM32F4 programs it without an error, and it reads otherwise than written.",
    boards: everyBoard,
    apply: (plan) => {
      plan.board.wornCells = new WornCells(0, WORN_BYTES);
    },
  },
];
