import type { Chip } from "./chip.ts";
import { controllerRegisterName, type MemoryController } from "./controller-registers.ts";

/** The controllers that put external memory on an STM32's bus. */
export type { MemoryController } from "./controller-registers.ts";

/** A place on the bus that belongs to a controller of external memory. */
export interface ControllerPlace {
  readonly controller: MemoryController;
  /** Its own registers, or the window through which the memory behind it is seen. */
  readonly part: "control" | "window";
  /** `FSMC control (PCR2: NAND bank 2)`, `FSMC NOR/SRAM bank 1 (NE1)`. */
  readonly name: string;
}

/** Whether a chip has a controller. */
export interface ControllerPresence {
  /** `depends`: some parts or packages of the group have it. `unknown`: no public source says. */
  readonly has: "yes" | "no" | "depends" | "unknown";
  /** One sentence without its full stop: who has or lacks it, and how many of its parts do. */
  readonly sentence: string;
}

interface Window {
  readonly start: number;
  readonly size: number;
  readonly name: string;
}

interface Placement {
  readonly controller: MemoryController;
  readonly families: readonly string[];
  /** Device ids of those families that have this controller here; all of them when absent. */
  readonly only?: readonly number[];
  readonly registers: number;
  readonly registersSize: number;
  readonly windows: readonly Window[];
}

/** The name of a chip without what stands in brackets behind it. */
export function shortChipName(chip: Chip): string {
  return chip.name.replace(/\s*\(.*$/, "");
}

/**
 * The controller that an address belongs to. On a chip of a family that has none there, or that is not known, it is what
 * other STM32s have at that address. `preferred` families are looked at first among those: a loader's own, say.
 */
export function controllerAt(
  address: number,
  chip?: Chip,
  preferred: readonly string[] = [],
): ControllerPlace | undefined {
  for (const placement of placementsFor(chip, preferred)) {
    const place = placeIn(placement, address);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** True for the address of a register of any controller on any family, its secure alias included. */
export function isControllerRegister(address: number): boolean {
  return placements.some(({ registers, registersSize }) => {
    const offset = address - registers;
    return (offset >= 0 && offset < registersSize) || (offset >= 0x10000000 && offset < 0x10000000 + registersSize);
  });
}

/** The controllers of external memory that a chip's family places on its bus, whether or not every part has them. */
export function controllersOf(chip: Chip): MemoryController[] {
  const own = placements.filter((placement) => belongsTo(placement, chip));
  return [...new Set(own.map((placement) => placement.controller))];
}

/** Whether the parts of a chip's group have a controller; FSMC stands for FMC too, QUADSPI stands for itself alone. */
export function controllerPresence(chip: Chip, controller: MemoryController): ControllerPresence {
  const name = `${shortChipName(chip)}, device ID 0x${chip.deviceId.toString(16).toUpperCase()},`;
  const parallel = controller === "FSMC" || controller === "FMC";
  const own = controllersOf(chip);
  const flag = parallel ? chip.hasFsmcOrFmc : chip.hasQspi;
  const detail = chip.externalMemory;
  const count = parallel ? detail?.withFsmcOrFmc : detail?.withQuadOctoXspi;
  const same = parallel ? own.some((each) => each === "FSMC" || each === "FMC") : own.includes(controller);
  if (count === 0 || flag === false) {
    const parts = detail !== undefined && count === 0 ? `: none of its ${detail.parts} parts do` : "";
    return { has: "no", sentence: `${name} has no ${controller}${parts}` };
  }
  const other = own.filter((each) => parallel === (each === "FSMC" || each === "FMC"));
  if (!same && other.length > 0) {
    return { has: "no", sentence: `${name} has no ${controller}, but ${other.join(" and ")}` };
  }
  if (detail === undefined || count === undefined) {
    return flag === true
      ? { has: "yes", sentence: `${name} has ${controller}` }
      : { has: "unknown", sentence: `whether ${name} has ${controller} is not known` };
  }
  if (count === detail.parts)
    return { has: "yes", sentence: `${name} has ${controller}: all of its ${count} parts do` };
  return {
    has: "depends",
    sentence: `${name} has ${controller} in ${count} of its ${detail.parts} parts; smaller packages lack it`,
  };
}

/** Those of the chip first, then of its family, then of the preferred families, then all others. */
function placementsFor(chip: Chip | undefined, preferred: readonly string[]): Placement[] {
  const rank = (placement: Placement): number => {
    if (chip !== undefined && belongsTo(placement, chip)) return 0;
    if (placement.families.some((family) => preferred.includes(family))) return 1;
    if (chip !== undefined && placement.families.includes(chip.family)) return 2;
    return 3;
  };
  return placements
    .map((placement, index) => ({ placement, index, rank: rank(placement) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ placement }) => placement);
}

function belongsTo(placement: Placement, chip: Chip): boolean {
  return placement.families.includes(chip.family) && (placement.only?.includes(chip.deviceId) ?? true);
}

function placeIn(placement: Placement, address: number): ControllerPlace | undefined {
  const { controller } = placement;
  const offset = address - placement.registers;
  // The secure alias of a TrustZone chip's peripherals is 0x10000000 above the non-secure one.
  const secure = trustZone.some((family) => placement.families.includes(family)) ? offset - 0x10000000 : offset;
  for (const each of [offset, secure]) {
    if (each < 0 || each >= placement.registersSize) continue;
    const register = controllerRegisterName(controller, each);
    return {
      controller,
      part: "control",
      name: `${controller} control${register === undefined ? "" : ` (${register})`}`,
    };
  }
  const window = placement.windows.find(({ start, size }) => address >= start && address < start + size);
  return window && { controller, part: "window", name: `${controller} ${window.name}` };
}

const trustZone = ["STM32L5", "STM32U5", "STM32U3", "STM32H5", "STM32N6"];

const MiB = 0x100000;
const norBanks: readonly Window[] = [1, 2, 3, 4].map((bank) => ({
  start: 0x60000000 + (bank - 1) * 64 * MiB,
  size: 64 * MiB,
  name: `NOR/SRAM bank 1, NE${bank}`,
}));
const nand2: Window = { start: 0x70000000, size: 256 * MiB, name: "NAND bank 2" };
const nand3: Window = { start: 0x80000000, size: 256 * MiB, name: "NAND bank 3" };
const pcCard: Window = { start: 0x90000000, size: 256 * MiB, name: "PC Card bank 4" };
const sdram: readonly Window[] = [1, 2].map((bank) => ({
  start: 0xb0000000 + bank * 0x10000000,
  size: 256 * MiB,
  name: `SDRAM bank ${bank}`,
}));
const at = (start: number): readonly Window[] => [{ start, size: 256 * MiB, name: "memory window" }];

/** From the memory maps of the reference manuals (RM0008, RM0033, RM0090, RM0351, RM0433, RM0455, RM0456 ...). */
const placements: readonly Placement[] = [
  {
    controller: "FSMC",
    families: ["STM32F1"],
    only: [0x410, 0x412, 0x414, 0x418, 0x430],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand2, nand3, pcCard],
  },
  {
    controller: "FSMC",
    families: ["STM32F2", "STM32F4"],
    only: [0x411, 0x413],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand2, nand3, pcCard],
  },
  {
    // NOR and SRAM alone: value line, L1, F412 and F413.
    controller: "FSMC",
    families: ["STM32F1", "STM32L1", "STM32F4"],
    only: [0x420, 0x428, 0x416, 0x427, 0x429, 0x436, 0x437, 0x441, 0x463],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: norBanks,
  },
  {
    controller: "FMC",
    families: ["STM32F4"],
    only: [0x419],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand2, nand3, pcCard, ...sdram],
  },
  {
    controller: "FMC",
    families: ["STM32F4", "STM32F7"],
    only: [0x421, 0x434, 0x449, 0x451, 0x452],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand3, ...sdram],
  },
  {
    controller: "FMC",
    families: ["STM32F3"],
    only: [0x446],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand2, nand3, pcCard],
  },
  {
    controller: "FMC",
    families: ["STM32L4", "STM32G4"],
    registers: 0xa0000000,
    registersSize: 0x1000,
    windows: [...norBanks, nand3],
  },
  {
    controller: "FMC",
    families: ["STM32H7"],
    registers: 0x52004000,
    registersSize: 0x1000,
    windows: [...norBanks, nand3, ...sdram],
  },
  {
    controller: "FMC",
    families: ["STM32L5"],
    registers: 0x44020000,
    registersSize: 0x400,
    windows: [...norBanks, nand3],
  },
  {
    controller: "FMC",
    families: ["STM32U5"],
    registers: 0x420d0400,
    registersSize: 0x400,
    windows: [...norBanks, nand3],
  },
  {
    controller: "FMC",
    families: ["STM32H5"],
    registers: 0x47000400,
    registersSize: 0x400,
    windows: [...norBanks, nand3, ...sdram],
  },
  {
    controller: "FMC",
    families: ["STM32N6"],
    registers: 0x48024000,
    registersSize: 0x1000,
    windows: [...norBanks, ...sdram],
  },
  {
    controller: "FMC",
    families: ["STM32MP1"],
    registers: 0x58002000,
    registersSize: 0x1000,
    windows: [...norBanks, nand3],
  },
  {
    controller: "QUADSPI",
    families: ["STM32F4", "STM32F7", "STM32L4", "STM32G4", "STM32WB"],
    only: [
      0x421, 0x434, 0x441, 0x463, 0x449, 0x451, 0x452, 0x415, 0x435, 0x461, 0x462, 0x464, 0x469, 0x479, 0x495, 0x496,
    ],
    registers: 0xa0001000,
    registersSize: 0x400,
    windows: at(0x90000000),
  },
  {
    controller: "QUADSPI",
    families: ["STM32H7"],
    only: [0x450],
    registers: 0x52005000,
    registersSize: 0x1000,
    windows: at(0x90000000),
  },
  {
    controller: "QUADSPI",
    families: ["STM32MP1"],
    registers: 0x58003000,
    registersSize: 0x1000,
    windows: at(0x70000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32L4"],
    only: [0x470, 0x471],
    registers: 0xa0001000,
    registersSize: 0x400,
    windows: at(0x90000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32L4"],
    only: [0x470, 0x471],
    registers: 0xa0001400,
    registersSize: 0x400,
    windows: at(0x70000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32H7"],
    only: [0x480, 0x483],
    registers: 0x52005000,
    registersSize: 0x1000,
    windows: at(0x90000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32H7"],
    only: [0x480, 0x483],
    registers: 0x5200a000,
    registersSize: 0x2000,
    windows: at(0x70000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32L5"],
    registers: 0x44021000,
    registersSize: 0x400,
    windows: at(0x90000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32U5", "STM32U3"],
    registers: 0x420d1400,
    registersSize: 0x400,
    windows: at(0x90000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32U5"],
    registers: 0x420d2400,
    registersSize: 0x400,
    windows: at(0x70000000),
  },
  {
    controller: "HSPI",
    families: ["STM32U5"],
    only: [0x476, 0x481],
    registers: 0x420d3400,
    registersSize: 0x400,
    windows: at(0xa0000000),
  },
  {
    controller: "OCTOSPI",
    families: ["STM32H5"],
    registers: 0x47001400,
    registersSize: 0x400,
    windows: at(0x90000000),
  },
  {
    controller: "XSPI",
    families: ["STM32H7"],
    only: [0x485],
    registers: 0x52005000,
    registersSize: 0x1000,
    windows: at(0x90000000),
  },
  {
    controller: "XSPI",
    families: ["STM32H7"],
    only: [0x485],
    registers: 0x5200a000,
    registersSize: 0x2000,
    windows: at(0x70000000),
  },
  {
    controller: "XSPI",
    families: ["STM32N6"],
    registers: 0x48025000,
    registersSize: 0x1000,
    windows: at(0x90000000),
  },
  {
    controller: "XSPI",
    families: ["STM32N6"],
    registers: 0x4802a000,
    registersSize: 0x1000,
    windows: at(0x70000000),
  },
  {
    controller: "XSPI",
    families: ["STM32N6"],
    registers: 0x4802d000,
    registersSize: 0x1000,
    windows: at(0x80000000),
  },
];
