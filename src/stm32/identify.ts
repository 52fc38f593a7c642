import { hex, hex32 } from "../base/bytes.ts";
import { isProbityError } from "../base/errors.ts";
import type { Chip, ClockEnable } from "../chips/chip.ts";
import { chipByDeviceId, chips, coreFamily, idcodeAddresses } from "../chips/table.ts";
import { type AccessPortInfo, describeAccessPort } from "../coresight/access-port.ts";
import { withKnownWords } from "../coresight/known-words.ts";
import type { MemoryPort, Probe } from "../coresight/memory-port.ts";
import { identificationWords, type RomTable, readRootTable } from "../coresight/rom-table.ts";
import type { Core } from "../cortexm/core.ts";
import { type ChipState, chipStateAddresses, chipStateOf } from "./chip-state.ts";
import { f1RamBytes } from "./f1-ram.ts";
import { flashSizeOf } from "./flash-size.ts";
import { type GenuineVerdict, judgeGenuine } from "./genuine.ts";

export interface ChipNote {
  readonly code:
    | "device-id-unreadable"
    | "device-id-unknown"
    | "flash-size-unreadable"
    | "read-protected"
    | "clone"
    | "doubtful"
    | "rom-table-problem";
  readonly text: string;
}

export interface RamRegion {
  readonly base: number;
  readonly size: number;
  readonly name: string;
}

/** A chip as found: its row of the table and what was read live. */
export interface IdentifiedChip {
  /** `undefined` in degraded mode: core debugging works, memories are unknown, flash can't be written. */
  readonly row: Chip | undefined;
  readonly name: string;
  readonly deviceId: number | undefined;
  readonly revisionId: number | undefined;
  /** ST's letter for the revision, if known. */
  readonly revision: string | undefined;
  /** 0 when nothing is known of the chip. */
  readonly flashBytes: number;
  readonly ramRegions: readonly RamRegion[];
  /** The 96-bit unique id as three words, lowest address first. */
  readonly uid: readonly number[] | undefined;
  /** Whether flash is read-protected; `undefined` where this family's option register isn't decoded. */
  readonly readProtected: boolean | undefined;
  readonly genuine: GenuineVerdict | undefined;
  /** The root of the ROM table, as designer check of the chip. */
  readonly romTable: RomTable | undefined;
  readonly notes: readonly ChipNote[];
  /** Settings and memories of the chip that were read along; left out in degraded mode. */
  readonly state?: ChipState;
  /** Registers that were read and have not changed since. */
  readonly read?: ReadonlyMap<number, number>;
}

/** What connecting has read already; the rest is read here. */
export interface KnownOfTarget {
  readonly idcode?: number;
  readonly accessPort?: AccessPortInfo;
  /** Read all of {@link ChipState}: it costs nothing where {@link readsInBatches}, else a transfer or two a word. */
  readonly thorough?: boolean;
}

/**
 * Bytes of flash to go by. A size that ST does not make with this device ID is no limit for a chip of ST's: the register is
 * wrong, not the flash. Makers of copies use the ID for other densities, and theirs is taken for what it says.
 */
function limitOf(row: Chip, sized: number | undefined, genuine: boolean): number {
  const most = row.maxFlashBytes ?? 0;
  if (sized === undefined) return most;
  const made = row.knownFlashSizesKib ?? [];
  return genuine && made.length > 0 && !made.includes(sized / 1024) ? most : sized;
}

/**
 * Finds out which chip is connected. Never rejects for a chip that is unknown
 * or answers oddly: what does not fit is in `notes`, and `row` is `undefined` in degraded mode.
 */
export async function identify(
  probe: Probe,
  port: MemoryPort,
  core: Pick<Core, "name" | "cpuid">,
  known: KnownOfTarget = {},
): Promise<IdentifiedChip> {
  const notes: ChipNote[] = [];
  const part = core.name.split(" ")[0];
  const idcode = known.idcode ?? (await probe.readIdcode());
  const accessPort = known.accessPort ?? (await describeAccessPort(probe, port.ap));
  const read = await readAtOnce(port, part, accessPort?.romTable);
  const knowing = withKnownWords(port, read);
  const romTable = await rootTable(knowing, accessPort?.romTable, notes);
  const found = await readIdcode(knowing, part);
  if (found === undefined) {
    const text = `No DBGMCU_IDCODE could be read at ${idcodeAddresses(part).map(hex32).join(", ")}; the chip stays unknown.`;
    return degraded(part, romTable, undefined, [...notes, { code: "device-id-unreadable", text }]);
  }
  const deviceId = found & 0xfff;
  const revisionId = found >>> 16;
  const row = chipByDeviceId(deviceId);
  if (row === undefined) {
    const text = `Device id ${hex(deviceId, 3)} is in no table: the core can be debugged, but flash and memory map are unknown.`;
    return degraded(part, romTable, found, [...notes, { code: "device-id-unknown", text }]);
  }

  const live = await readLive(port, row, known.thorough === true);
  const sized = live.flashSize === undefined ? undefined : flashSizeOf(row, live.flashSize);
  if (sized === undefined && row.flashSizeRegister !== undefined) {
    const read = live.flashSize === undefined ? "can't be read" : `holds ${hex(live.flashSize, 4)}`;
    notes.push({
      code: "flash-size-unreadable",
      text: `The flash size register at ${hex32(row.flashSizeRegister.address)} ${read}; ${(row.maxFlashBytes ?? 0) / 1024} KiB are assumed.`,
    });
  }
  const readProtected = live.state.readProtection?.on;
  if (readProtected) {
    notes.push({
      code: "read-protected",
      text: "Flash is read-protected: a debugger can't read it, and removing the protection erases it.",
    });
  }
  const facts = {
    chip: row,
    dpidr: idcode,
    cpuid: core.cpuid,
    revisionId,
    flashSizeWord: live.flashSizeWord,
    romTable,
  };
  const genuine = judgeGenuine(facts);
  const flashBytes = limitOf(row, sized, genuine.verdict === "st");
  if (genuine.verdict !== "st") {
    const maker = genuine.maker === undefined ? "" : `, probably by ${genuine.maker}`;
    const sure = romTable?.designer !== undefined && !romTable.isSt ? "is no" : "is most likely no";
    const lead = genuine.verdict === "clone" ? `This ${sure} chip of ST${maker}.` : "This may be no chip of ST.";
    notes.push({ code: genuine.verdict, text: [lead, ...genuine.evidence].join(" ") });
  }
  return {
    row,
    name: row.name,
    deviceId,
    revisionId,
    revision: row.revisions.get(revisionId),
    flashBytes,
    ramRegions: ramOf(row, flashBytes),
    uid: live.uid,
    readProtected,
    genuine,
    romTable,
    notes,
    state: live.state,
    read,
  };
}

/** DBGMCU of cores that have it on their private bus; CR follows IDCODE. */
const PRIVATE_BUS = 0xe0000000;

/**
 * In one transfer, where the probe has a queue: whose chip the ROM table says that this is, DBGMCU_IDCODE and DBGMCU_CR. Empty
 * when any of it can't be read, or stands at other places: then each is asked for by itself.
 */
async function readAtOnce(
  port: MemoryPort,
  part: string,
  table: number | undefined,
): Promise<ReadonlyMap<number, number>> {
  const [idcode] = idcodeAddresses(part);
  if (port.wordQueue === undefined || table === undefined || idcode === undefined || idcode < PRIVATE_BUS)
    return new Map();
  const addresses = [...identificationWords(table), idcode, idcode + 4];
  try {
    const values = await port.words(addresses.map((address) => ({ kind: "read", address })));
    return new Map(addresses.map((address, index) => [address, values[index]]));
  } catch (error) {
    if (!isProbityError(error, "memory-fault")) throw error;
    return new Map();
  }
}

function degraded(
  part: string,
  romTable: RomTable | undefined,
  idcode: number | undefined,
  notes: readonly ChipNote[],
): IdentifiedChip {
  return {
    row: undefined,
    name: `unknown ${part}`,
    deviceId: idcode === undefined ? undefined : idcode & 0xfff,
    revisionId: idcode === undefined ? undefined : idcode >>> 16,
    revision: undefined,
    flashBytes: 0,
    ramRegions: [],
    uid: undefined,
    readProtected: undefined,
    genuine: undefined,
    romTable,
    notes,
  };
}

async function rootTable(port: MemoryPort, base: number | undefined, notes: ChipNote[]): Promise<RomTable | undefined> {
  if (base === undefined) return undefined;
  const table = await readRootTable(port, base);
  for (const text of table.problems) notes.push({ code: "rom-table-problem", text });
  return table;
}

/**
 * DBGMCU_IDCODE, looked for where chips with this core keep it. A row must name the same address, so that a stray value
 * at a wrong place is not taken for an id; a value that fits nowhere is the last resort.
 */
async function readIdcode(port: MemoryPort, part: string): Promise<number | undefined> {
  let stray: number | undefined;
  const look = async (address: number): Promise<number | undefined> => {
    const value = await tryWord(port, address);
    if (value === undefined || (value & 0xfff) === 0 || value === 0xffffffff) return undefined;
    if (chipByDeviceId(value & 0xfff)?.idcodeAddress === address) return value;
    stray ??= value;
    return undefined;
  };
  const addresses = idcodeAddresses(part);
  for (const address of addresses) {
    const value = await look(address);
    if (value !== undefined) return value;
  }
  if (stray !== undefined) return stray;
  for (const { address, clock } of clockedAddresses(part)) {
    const value = await withClock(port, clock, () => look(address));
    if (value !== undefined) return value;
  }
  return stray;
}

/** The IDCODE addresses of this core's chips whose DBGMCU needs a clock, each with the bit that switches it on. */
function clockedAddresses(part: string): { address: number; clock: ClockEnable }[] {
  const seen = new Map<string, { address: number; clock: ClockEnable }>();
  for (const { core, idcodeAddress, idcodeClock } of chips) {
    if (coreFamily(core) !== coreFamily(part) || idcodeAddress === undefined || idcodeClock === undefined) continue;
    seen.set(`${idcodeAddress}/${idcodeClock.address}/${idcodeClock.bit}`, {
      address: idcodeAddress,
      clock: idcodeClock,
    });
  }
  return [...seen.values()];
}

/** Runs `task` with a bit of an RCC register set, and puts the register back. */
export async function withClock<Result>(
  port: MemoryPort,
  clock: ClockEnable,
  task: () => Promise<Result>,
): Promise<Result | undefined> {
  const before = await tryWord(port, clock.address);
  if (before === undefined) return undefined;
  const bit = (1 << clock.bit) >>> 0;
  if ((before & bit) !== 0) return task();
  await port.writeWord(clock.address, (before | bit) >>> 0);
  try {
    return await task();
  } finally {
    await port.writeWord(clock.address, before);
  }
}

interface Live {
  readonly flashSize: number | undefined;
  readonly flashSizeWord: number | undefined;
  readonly uid: readonly number[] | undefined;
  readonly state: ChipState;
}

/** Whether any number of words costs no more transfers than a few (word queue: V2J32, V3J2). */
export function readsInBatches({ identity }: Probe): boolean {
  return identity.jtagVersion >= (identity.generation.startsWith("V3") ? 2 : 32);
}

/** Flash size, unique id, and what {@link ChipState} has: one batch, or one by one where something faults. */
async function readLive(port: MemoryPort, row: Chip, everything: boolean): Promise<Live> {
  const size = row.flashSizeRegister?.address;
  const addresses = new Map<string, number>();
  if (size !== undefined) addresses.set("size", (size & ~3) >>> 0);
  const uid = row.uidAddress;
  // L0 and L1 keep the third word apart (RM0367 33.2, RM0038 31.2).
  const uidOffsets = row.family === "STM32L0" || row.family === "STM32L1" ? [0, 4, 0x14] : [0, 4, 8];
  if (uid !== undefined && uid % 4 === 0) {
    uidOffsets.forEach((offset, i) => {
      addresses.set(`uid${i}`, uid + offset);
    });
  }
  for (const [name, address] of chipStateAddresses(row)) {
    if (everything || name === "obr") addresses.set(name, address);
  }
  const names = [...addresses.keys()];
  const values = await readTolerant(port, [...addresses.values()]);
  const at = (name: string): number | undefined => values[names.indexOf(name)];
  const sizeWord = at("size");
  const uidWords = [at("uid0"), at("uid1"), at("uid2")];
  const flashSize = sizeWord === undefined || size === undefined ? undefined : (sizeWord >>> (8 * (size & 2))) & 0xffff;
  return {
    flashSize,
    flashSizeWord: size !== undefined && size % 4 === 0 ? sizeWord : undefined,
    uid: uidWords.every((word) => word !== undefined) ? uidWords : undefined,
    state: chipStateOf(row, flashSize, at),
  };
}

async function readTolerant(port: MemoryPort, addresses: readonly number[]): Promise<(number | undefined)[]> {
  try {
    return await port.words(addresses.map((address) => ({ kind: "read", address })));
  } catch (error) {
    if (!isProbityError(error, "memory-fault")) throw error;
    const values: (number | undefined)[] = [];
    for (const address of addresses) values.push(await tryWord(port, address));
    return values;
  }
}

async function tryWord(port: MemoryPort, address: number): Promise<number | undefined> {
  try {
    return await port.readWord(address);
  } catch (error) {
    if (isProbityError(error, "memory-fault")) return undefined;
    throw error;
  }
}

function ramOf(row: Chip, flashBytes: number): RamRegion[] {
  const f1 = row.family === "STM32F1" ? f1RamBytes(row.deviceId, flashBytes) : undefined;
  return row.ram.map(({ name, base, size }, index) => ({
    name,
    base,
    size: index === 0 && f1 !== undefined ? f1 : size,
  }));
}
