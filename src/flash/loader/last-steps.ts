import { readU16, writeU16 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Chip } from "../../chips/chip.ts";
import { type DebugPinRegister, debugPinRegisters } from "../../chips/debug-pins.ts";
import { powerControl } from "../../chips/low-power.ts";
import type { Core } from "../../cortexm/core.ts";
import type { LastStep } from "../../diagnose/loader/loader-facts.ts";
import { codeTest, instructionsOf } from "../../formats/loader-code.ts";
import type { LoaderFile } from "../../formats/loader-file.ts";
import { thumbConstants } from "../../formats/thumb-constants.ts";
import type { ThumbInstruction } from "../../formats/thumb-instruction.ts";

const SCR = 0xe000ed10;
const AIRCR = 0xe000ed0c;
/** VECTKEY, and what it unlocks (ARMv7-M B3.2.6). */
const AIRCR_KEY = 0x05fa;
const VECTRESET = 1 << 0;
const SYSRESETREQ = 1 << 2;
const SLEEPDEEP = 1 << 2;
/** BKPT #0 (ARMv7-M A7.7.17). */
const BKPT = 0xbe00;
const LONGEST_NAP = 4;
/** A store that was harmless so often is in a loop that clears or copies memory. */
const MOST_VISITS = 100;

/** An instruction after which the debug port may be gone, or the chip reset. */
export interface RiskyInstruction {
  /** Address in the file. */
  readonly at: number;
  readonly code: ThumbInstruction;
  /** What a store of it addresses, where its code alone tells. */
  readonly address?: number;
}

/**
 * The instructions of a loader that may cut the debug port off or reset the chip: WFI and WFE, stores to AIRCR and to
 * registers that hold the debug pins, and stores whose address only a run tells.
 */
export function riskyInstructions(loader: LoaderFile, chip: Chip | undefined): RiskyInstruction[] {
  const registers = chip === undefined ? [] : debugPinRegisters(chip);
  const isCode = codeTest(loader);
  const known = new Map(
    thumbConstants(loader.segments, isCode)
      .filter(({ access }) => access)
      .map(({ at, value }) => [at, value]),
  );
  const found: RiskyInstruction[] = [];
  for (const { at, code } of instructionsOf(loader)) {
    if (code.kind === "wait") found.push({ at, code });
    if (code.kind !== "store" || code.source === undefined || code.operand?.base === 13) continue;
    const address = known.get(at);
    const risky = address === AIRCR || registers.some((each) => address !== undefined && touches(each, address));
    if (risky) found.push({ at, code, address });
    // Without mapping symbols data may look like code: it is left alone.
    else if (address === undefined && isCode !== undefined) found.push({ at, code });
  }
  return found;
}

function touches(register: DebugPinRegister, address: number): boolean {
  return address >= register.address && address < register.address + 4;
}

export interface ReplayContext {
  readonly core: Core;
  readonly clock: Clock;
  readonly chip: Chip | undefined;
  readonly loadBase: number;
  readonly risky: readonly RiskyInstruction[];
  /** Milliseconds that it may take. */
  readonly limit: number;
}

/**
 * Puts a breakpoint in the place of every risky instruction of a loader that lies in RAM, has `start` run it, and looks
 * at each that it comes to before it is carried out. Resolves to the one that cuts the debug port off, or `undefined`
 * when it comes to none in time. The core is halted then, and the loader's code changed.
 */
export async function findLastStep(
  { core, clock, chip, loadBase, risky, limit }: ReplayContext,
  start: () => Promise<void>,
): Promise<LastStep | undefined> {
  const originals = new Map<number, number>();
  const visits = new Map<number, number>();
  for (const { at } of risky) {
    originals.set(at + loadBase, readU16(await core.port.read(at + loadBase, 2), 0));
    await writeHalf(core, at + loadBase, BKPT);
  }
  const end = clock.now() + limit;
  let nap = 0.25;
  await start();
  while (clock.now() < end) {
    const { halted, resetSeen, lockedUp } = await core.status();
    if (resetSeen || lockedUp) return undefined;
    if (!halted) {
      await clock.sleep(nap);
      nap = Math.min(LONGEST_NAP, 2 * nap);
      continue;
    }
    nap = 0.25;
    const pc = await core.readRegister("pc");
    const instruction = risky.find(({ at }) => at + loadBase === pc);
    if (instruction === undefined) return undefined;
    const step = await lastStep(core, chip, pc, instruction);
    if (step !== undefined) return step;
    await writeHalf(core, pc, originals.get(pc) ?? BKPT);
    const visited = (visits.get(pc) ?? 0) + 1;
    visits.set(pc, visited);
    if (instruction.code.kind !== "wait" && visited < MOST_VISITS) {
      await core.step();
      await writeHalf(core, pc, BKPT);
    }
    await core.resume({ maskInterrupts: true });
  }
  if (!(await core.status()).halted) await core.halt();
  return undefined;
}

async function writeHalf(core: Core, address: number, value: number): Promise<void> {
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, value);
  await core.port.write(address, bytes);
}

/** Whether the instruction that the core stands before cuts the debug port off, with what proves it. */
async function lastStep(
  core: Core,
  chip: Chip | undefined,
  at: number,
  { code }: RiskyInstruction,
): Promise<LastStep | undefined> {
  const { r } = await core.registers();
  if (code.kind === "wait") {
    const scr = await core.port.readWord(SCR);
    if ((scr & SLEEPDEEP) === 0) return undefined;
    const power = powerControl(chip);
    const dbgmcuAt = chip?.idcodeAddress === undefined ? undefined : chip.idcodeAddress + 4;
    const control = power && (await word(core, power.control));
    const dbgmcu = dbgmcuAt === undefined ? undefined : await word(core, dbgmcuAt);
    return {
      kind: "deep-sleep",
      at,
      scr,
      ...(power !== undefined && control !== undefined && { mode: power.mode(control), powerControl: control }),
      ...(dbgmcu !== undefined && { dbgmcu }),
    };
  }
  const { operand, source, width = 4 } = code;
  if (operand === undefined || source === undefined) return undefined;
  const index = operand.index === undefined ? 0 : r[operand.index] << (operand.shift ?? 0);
  const address = (r[operand.base] + operand.offset + index) >>> 0;
  if (address === AIRCR && r[source] >>> 16 === AIRCR_KEY && (r[source] & (SYSRESETREQ | VECTRESET)) !== 0) {
    const request = (r[source] & SYSRESETREQ) !== 0 ? "SYSRESETREQ" : "VECTRESET";
    return { kind: "reset", at, value: r[source], request };
  }
  for (const register of chip === undefined ? [] : debugPinRegisters(chip)) {
    if (!touches(register, address)) continue;
    const shift = 8 * (address - register.address);
    const covered = width === 4 ? 0xffffffff : (2 ** (8 * width) - 1) << shift;
    if ((register.mask & ~covered) !== 0) continue;
    const effect = register.effect((r[source] << shift) >>> 0);
    if (effect !== undefined) return { kind: "store", at, address, value: r[source], register: register.name, effect };
  }
  return undefined;
}

async function word(core: Core, address: number): Promise<number | undefined> {
  try {
    return (await core.port.readWord(address)) >>> 0;
  } catch (error) {
    if (!isProbityError(error) || !error.code.startsWith("memory-")) throw error;
    return undefined;
  }
}

/** Whether PWR remembers Standby; the chip was reset since, and its clocks are off. */
export async function wasInStandby(core: Core, chip: Chip | undefined): Promise<boolean | undefined> {
  const power = powerControl(chip);
  if (power === undefined) return undefined;
  const { clock, standbyFlag } = power;
  const enabled = await core.port.readWord(clock.address);
  await core.port.writeWord(clock.address, (enabled | (1 << clock.bit)) >>> 0);
  const flags = await word(core, standbyFlag.address);
  await core.port.writeWord(clock.address, enabled);
  return flags === undefined ? undefined : ((flags >>> standbyFlag.bit) & 1) === 1;
}
