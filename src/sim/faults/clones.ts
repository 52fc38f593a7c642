import type { CoreComponents } from "../cpu/component-ids.ts";
import type { CpuConfig } from "../cpu/cpu.ts";
import { type Stm32f1Config, stm32f103c8 } from "../stm32f1/chip-config.ts";
import type { Fault } from "./fault.ts";

/**
 * Id registers of a Cortex-M3 r2 core's debug components, as ST's own chips with that core (STM32F2, L1) answer. That the
 * clones answer alike is assumed; only the ROM table was published for them.
 */
const cortexM3r2Components: Omit<CoreComponents, "romTable"> = {
  scs: { pidr: [0x00, 0xb0, 0x0b, 0x00, 0x04], componentClass: 0xe0 },
  itm: { pidr: [0x01, 0xb0, 0x3b, 0x00, 0x04], componentClass: 0xe0 },
  dwt: { pidr: [0x02, 0xb0, 0x3b, 0x00, 0x04], componentClass: 0xe0 },
  fpb: { pidr: [0x03, 0xb0, 0x2b, 0x00, 0x04], componentClass: 0xe0 },
  tpiu: { pidr: [0x23, 0xb9, 0x3b, 0x00, 0x04], componentClass: 0x90 },
};

/** Bank, code and part number as the PIDRs of a ROM table have them (ADIv5.2 D1.2). */
function romTable(bank: number, code: number, part: number, jedec = true): CoreComponents["romTable"] {
  const pidr1 = ((code & 0xf) << 4) | (part >>> 8);
  const pidr2 = (jedec ? 8 : 0) | (code >>> 4);
  return { pidr: [part & 0xff, pidr1, pidr2, 0, bank], componentClass: 0x10 };
}

/** Cortex-M3 r2p1: what independent comparisons of all four clones read from CPUID. */
function r2p1(table: CoreComponents["romTable"]): Partial<CpuConfig> {
  return { cpuid: 0x412fc231, components: { ...cortexM3r2Components, romTable: table } };
}

/** ST's core of the same generation has this AHB-AP; assumed for the clones. */
const r2AccessPort = { ...stm32f103c8.ap, idr: 0x24770011 };

/** DPIDR of the later SW-DP, published for CS32, APM32 and HK32; ST's own F2 and F4 have it too. */
const laterDebugPort = 0x2ba01477;

const cs32Table = romTable(5, 0x55, 0x29b);
// Bank 5, code 0x55, without the bit that makes it a JEDEC code. The part number is not published; 0 stands for it.
const hk32Table = romTable(5, 0x55, 0x000, false);
// ARM's own, the ROM table of a Cortex-M3 as it is delivered.
const apm32Table = romTable(4, 0x3b, 0x4c3);
const gd32Table = romTable(7, 0x51, 0x76f);

interface Clone {
  readonly name: string;
  readonly maker: string;
  readonly tells: string;
  readonly die: Partial<Stm32f1Config>;
}

/*
 * How sure the ids are: DPIDR and CPUID are in several independent reports; the designers of GD32 (7, 0x51) and APM32 (4,
 * 0x3B) in one comparison and in open debuggers; (5, 0x55) is known of CS32 and of HK32, and CS32 are reported with ARM's
 * (4, 0x3B), too: dies differ. DBGMCU_IDCODE of GD32 (REV_ID 0x1303) is in two reports; of the others only DEV_ID 0x410,
 * their REV_ID is assumed to copy ST's. That IDCODE reads without a debugger, which ST's does not, is measured for GD32
 * and taken for common to all.
 */
const clones: readonly Clone[] = [
  {
    name: "clone-cs32",
    maker: "CKS (CS32F103C8)",
    tells: "DPIDR 0x2BA01477, CPUID r2p1, ROM table of bank 5 code 0x55 part 0x29B",
    die: {
      dpidr: laterDebugPort,
      ap: r2AccessPort,
      core: r2p1(cs32Table),
      romTable: cs32Table,
      idcodeAlwaysReadable: true,
    },
  },
  {
    name: "clone-gd32",
    maker: "GigaDevice (GD32F103C8)",
    tells:
      "CPUID r2p1, ROM table of GigaDevice, REV_ID 0x1303, SRAM size in the upper half of the flash size word; DPIDR is " +
      "ST's; flash takes words",
    die: {
      core: r2p1(gd32Table),
      romTable: gd32Table,
      idcode: 0x13030410,
      idcodeAlwaysReadable: true,
      flash: { ...stm32f103c8.flash, sizeRegisterUpper: 20, programsWords: true },
    },
  },
  {
    name: "clone-apm32",
    maker: "Geehy (APM32F103C8)",
    tells: "DPIDR 0x2BA01477, CPUID r2p1, ROM table of ARM part 0x4C3, a clock gate for an FPU in RCC_AHBENR bit 3",
    die: {
      dpidr: laterDebugPort,
      ap: r2AccessPort,
      core: r2p1(apm32Table),
      romTable: apm32Table,
      idcodeAlwaysReadable: true,
      extraAhbGates: 1 << 3,
    },
  },
  {
    name: "clone-hk32",
    maker: "Hangshun (HK32F103C8)",
    tells: "DPIDR 0x2BA01477, CPUID r2p1, ROM table of bank 5 code 0x55 without the JEDEC bit",
    die: {
      dpidr: laterDebugPort,
      ap: r2AccessPort,
      core: r2p1(hk32Table),
      romTable: hk32Table,
      idcodeAlwaysReadable: true,
    },
  },
];

/** Chips that are sold as an STM32F103C8. */
export const cloneFaults: readonly Fault[] = clones.map(({ name, maker, tells, die }) => ({
  name,
  family: "chip",
  description: `the chip is not ST's, but by ${maker}`,
  effect: `It works like the original; what it reads differs: ${tells}.`,
  boards: ["bluepill"],
  decides: "die",
  apply: (plan) => {
    plan.board.die = die;
  },
}));
