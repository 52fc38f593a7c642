import { controllerPresence, type MemoryController, shortChipName } from "../../chips/memory-controllers.ts";
import type { Finding } from "../finding.ts";
import { cfsr } from "./fault-bits.ts";
import { type MemoryAccess, POWER_AND_CABLE, type Reading } from "./reading.ts";
import { checkBoard, doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { storesBefore } from "./stores-before.ts";
import { addressText } from "./words.ts";

/** The code of a finding that a chip lacks a controller. */
export function needsController(controller: MemoryController): string {
  return `loader-needs-${controller === "FMC" ? "fmc" : controller.toLowerCase()}`;
}

/**
 * A bus fault at the registers, or the memory, of a controller that this chip lacks; or has, but that does not answer.
 * Only while nothing else is wrong: neither code nor stack was overwritten before.
 */
export function controllerFault(reading: Reading): Finding | undefined {
  const { stack, damaged } = reading.failure;
  if (stack?.overrun === true || (damaged?.length ?? 0) > 0) return undefined;
  const fault = faultAddress(reading);
  if (fault === undefined) return undefined;
  const place = reading.describe(fault.address);
  if (place.controller === undefined) return undefined;
  const { failure } = reading;
  const { chip } = failure.target;
  const did = `${accessWords(reading, fault)}: ${place.name}`;
  const evidence = [...fault.evidence, ...reading.faultEvidence(), reading.deviceEvidence(), POWER_AND_CABLE];
  if (chip === undefined) {
    return {
      code: needsController(place.controller),
      certainty: "likely",
      cause: `${reading.call} did not return: ${did}, where this chip has nothing. ${purposeSentence(failure.loader)}`,
      evidence,
      remedy: doWithout(failure.loader, failure.target, failure.needed),
    };
  }
  const presence = controllerPresence(chip, place.controller);
  if (presence.has === "yes") return controllerOff(reading, did, place.controller, evidence);
  return {
    code: needsController(place.controller),
    certainty: presence.has === "no" && fault.sure ? "certain" : "likely",
    cause: `${reading.call} did not return: ${did}. ${presence.sentence}. ${purposeSentence(failure.loader)}`,
    evidence,
    remedy: doWithout(failure.loader, failure.target, failure.needed),
  };
}

function controllerOff(
  reading: Reading,
  did: string,
  controller: MemoryController,
  evidence: readonly string[],
): Finding {
  const { loader, target } = reading.failure;
  const name = target.chip === undefined ? target.chipName : shortChipName(target.chip);
  return {
    code: "loader-controller-off",
    certainty: "likely",
    cause: `${reading.call} did not return: ${did}. ${name} has ${controller}, but it gave a bus error: its clock is off, or nothing is set up behind it. ${purposeSentence(loader)}`,
    evidence,
    remedy: [
      checkBoard(loader),
      ...remedyOf("loader-controller-off"),
      ...doWithout(loader, target, reading.failure.needed).slice(0, 2),
    ],
  };
}

/** The address of a bus fault, and how sure it is. */
export interface FaultAddress {
  readonly address: number;
  /** The instruction that made the access; `undefined` when its frame is lost. */
  readonly at: number | undefined;
  readonly kind: "load" | "store" | undefined;
  /** True when the address was reported, or there is only one candidate. */
  readonly sure: boolean;
  /** How it was found when the fault registers do not give it. */
  readonly evidence: readonly string[];
}

/** BFAR; for an imprecise fault the store before the stacked PC; on ARMv6-M the instruction itself. */
export function faultAddress(reading: Reading): FaultAddress | undefined {
  const { core } = reading.failure;
  const { pc } = reading;
  if (core === undefined || !reading.faulted) return undefined;
  if (reading.bfar !== undefined) {
    return { address: reading.bfar, at: pc, kind: reading.accessAtFault()?.kind, sure: true, evidence: [] };
  }
  if (pc === undefined) return undefined;
  if ((core.cfsr & cfsr.IMPRECISERR) !== 0) return impreciseAddress(reading, pc);
  if (core.cfsr !== 0 || reading.frame === undefined) return undefined;
  // No fault status register at all (ARMv6-M): the instruction and its registers tell.
  const access = reading.accessAtFault();
  if (access === undefined || reading.describe(access.address).exists === true) return undefined;
  return {
    ...access,
    sure: false,
    evidence: [`this core reports no fault address; the instruction at fault addressed ${addressText(access.address)}`],
  };
}

/** A buffered write failed some instructions before the stacked PC (ARMv7-M B3.2.15, IMPRECISERR). */
function impreciseAddress(reading: Reading, pc: number): FaultAddress | undefined {
  const { stores, complete } = storesBefore(reading, pc);
  const suspects = stores.filter(({ address }) => reading.describe(address).exists !== true);
  if (suspects.length === 0) return undefined;
  const last = suspects[suspects.length - 1];
  return {
    address: last.address,
    at: last.at,
    kind: "store",
    sure: complete && samePlace(reading, suspects),
    evidence: [
      `the write was buffered, so no address was reported; the last store before the stacked PC to no memory of this chip is ${reading.place(last.at)}, to ${addressText(last.address)}`,
    ],
  };
}

function samePlace(reading: Reading, suspects: readonly MemoryAccess[]): boolean {
  const blocks = new Set(suspects.map(({ address }) => reading.describe(address).block));
  return blocks.size === 1 && !blocks.has(undefined);
}

/** `FSMC_NAND_Init+0x42 (nand.c:88) wrote to 0xA0000060`. */
export function accessWords(reading: Reading, { at, kind, address }: FaultAddress): string {
  const verb = kind === "store" ? "wrote to" : kind === "load" ? "read from" : "accessed";
  if (at === undefined) return `it accessed ${addressText(address)}`;
  return `${reading.place(at)} ${verb} ${addressText(address)}`;
}
