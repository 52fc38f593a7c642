import { hex, hex32 } from "../base/bytes.ts";
import type { Chip } from "../chips/chip.ts";
import type { RomTable } from "../coresight/rom-table.ts";

/** What the question "is this ST's own chip" rests on; members that could not be read are `undefined`. */
export interface GenuineFacts {
  readonly chip: Chip;
  readonly dpidr: number;
  readonly cpuid: number;
  readonly revisionId: number;
  /** F1: the whole word at the flash size register; genuine chips have 0xFFFF in the upper half. */
  readonly flashSizeWord: number | undefined;
  readonly romTable: RomTable | undefined;
}

export interface GenuineVerdict {
  /** `st`: every sign fits. `doubtful`: one sign does not. `clone`: several don't, or the ROM table names another maker. */
  readonly verdict: "st" | "doubtful" | "clone";
  /** Who may have made it, if the signs point to one. */
  readonly maker: string | undefined;
  /** One sentence for each sign that does not fit. */
  readonly evidence: readonly string[];
}

/** CPUID of the Cortex-M3 r1p1 that every F1 has. */
const f1Cpuid = 0x411fc231;

/**
 * Weighs the signs by which chips that pass for an STM32 give themselves away. No single one but the ROM table's
 * designer is conclusive: 0x2BA01477 is also what genuine F2 and F4 answer.
 */
export function judgeGenuine(facts: GenuineFacts): GenuineVerdict {
  const { chip, dpidr, cpuid, revisionId, flashSizeWord, romTable } = facts;
  const evidence: string[] = [];
  const isF1 = chip.family === "STM32F1";
  const readTable = romTable !== undefined && romTable.designer !== undefined ? romTable : undefined;
  const foreign = readTable !== undefined && !readTable.isSt;

  if (foreign) {
    evidence.push(`The ROM table names ${readTable.designerName} as designer, not STMicroelectronics.`);
  } else if (readTable !== undefined && readTable.part !== chip.deviceId) {
    evidence.push(`The ROM table's part number is ${hex(readTable.part ?? 0, 3)}, not ${hex(chip.deviceId, 3)}.`);
  }
  if (chip.dpidr !== undefined && dpidr !== chip.dpidr && !isJtagIdcode(dpidr)) {
    evidence.push(`DPIDR is ${hex32(dpidr)}; ${chip.name} has ${hex32(chip.dpidr)}.`);
  }
  if (isF1 && cpuid !== f1Cpuid) {
    evidence.push(`CPUID is ${hex32(cpuid)}; every STM32F1 has ${hex32(f1Cpuid)} (Cortex-M3 r1p1).`);
  }
  const oddUpperHalf = isF1 && flashSizeWord !== undefined && flashSizeWord >>> 16 !== 0xffff;
  if (oddUpperHalf) {
    evidence.push(`The upper half of the flash size word ${hex32(flashSizeWord)} is not 0xffff.`);
  }
  if (chip.revisions.size > 0 && !chip.revisions.has(revisionId)) {
    evidence.push(`REV_ID ${hex(revisionId, 4)} is none of ST's revisions of ${chip.name}.`);
  }

  const verdict = foreign || evidence.length >= 2 ? "clone" : evidence.length === 1 ? "doubtful" : "st";
  return { verdict, maker: verdict === "st" ? undefined : makerOf(facts, oddUpperHalf), evidence };
}

/** Over JTAG it is the JTAG-DP's IDCODE that was read, whose part number is 0xBA00; an SW-DP has 0xBAv1 (ADIv5.2 B2.2). */
function isJtagIdcode(idcode: number): boolean {
  return ((idcode >>> 12) & 0xffff) === 0xba00;
}

function makerOf({ dpidr, cpuid, revisionId, flashSizeWord, romTable }: GenuineFacts, oddUpperHalf: boolean) {
  const { designer, part } = romTable ?? {};
  const isDesigner = (bank: number, code: number): boolean => designer?.bank === bank && designer.code === code;
  if (isDesigner(7, 0x51) || revisionId === 0x1303 || (oddUpperHalf && cpuid === 0x412fc231))
    return "GigaDevice (GD32)";
  if (part === 0x29b && (dpidr === 0x2ba01477 || isDesigner(5, 0x55))) return "CKS (CS32)";
  if (isDesigner(5, 0x55)) return "CKS (CS32) or Hangshun (HK32)";
  // ARM's own table, as a Cortex-M3 is delivered with it: seen in Geehy's dies, and in some of CKS's.
  if (isDesigner(4, 0x3b) && part === 0x4c3 && cpuid === 0x412fc231) return "Geehy (APM32)";
  if (revisionId === 0x2000 && dpidr === 0x2ba01477 && (flashSizeWord ?? 1) % 0x10000 === 0) return "WCH (CH32)";
  return undefined;
}
