import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";

export const SECTOR_BYTES = 512;

/**
 * The volume's layout: 8 MiB without a partition table, clusters of 4 KiB. That makes less than 4085 clusters, so it is FAT12
 * (Microsoft's FAT specification 1.03, page 14); the largest board's program fits as Intel HEX.
 */
const LAYOUT = { sectors: 16_384, perCluster: 8, reserved: 1, fats: 2, fatSectors: 6, rootEntries: 512 } as const;
const ENTRY_BYTES = 32;
const ROOT_START = LAYOUT.reserved + LAYOUT.fats * LAYOUT.fatSectors;
const DATA_START = ROOT_START + (LAYOUT.rootEntries * ENTRY_BYTES) / SECTOR_BYTES;
const CLUSTERS = Math.floor((LAYOUT.sectors - DATA_START) / LAYOUT.perCluster);
const CLUSTER_BYTES = LAYOUT.perCluster * SECTOR_BYTES;
const LAST_CLUSTER = 0xff8;
/** 2000-01-01: no clock runs in a probe. */
const DATE = (20 << 9) | (1 << 5) | 1;
/** Attributes of a directory entry. */
const ATTRIBUTE = { readOnly: 0x01, hidden: 0x02, volumeId: 0x08, directory: 0x10 } as const;

/** A file in the root directory. */
export interface FileEntry {
  /** `NAME.EXT`, in upper case. */
  readonly name: string;
  readonly size: number;
  readonly firstCluster: number;
}

/** A small FAT12 volume in memory: sectors are kept once they are written. */
export class FatVolume {
  readonly sectorCount = LAYOUT.sectors;
  readonly #sectors = new Map<number, Uint8Array>();
  /** Sectors that the host wrote. */
  readonly #written = new Set<number>();

  /** A fresh volume with these files; names as `NAME.EXT`, at most eight and three characters. */
  constructor(label: string, files: readonly { readonly name: string; readonly text: string }[]) {
    this.#sectors.set(0, bootSector(label));
    const fat = new Uint8Array(LAYOUT.fatSectors * SECTOR_BYTES);
    setFatEntry(fat, 0, 0xff8);
    setFatEntry(fat, 1, 0xfff);
    const root = new Uint8Array(LAYOUT.rootEntries * ENTRY_BYTES);
    writeEntry(root, 0, label.padEnd(11), ATTRIBUTE.volumeId, 0, 0);
    let cluster = 2;
    for (const [index, { name, text }] of files.entries()) {
      const data = Buffer.from(text, "latin1");
      const [stem, extension = ""] = name.split(".");
      const count = Math.ceil(data.length / CLUSTER_BYTES);
      const short = stem.padEnd(8) + extension.padEnd(3);
      writeEntry(root, index + 1, short, ATTRIBUTE.readOnly, count === 0 ? 0 : cluster, data.length);
      this.#store(clusterSector(cluster), data);
      for (let i = 0; i < count; i++) setFatEntry(fat, cluster + i, i + 1 === count ? 0xfff : cluster + i + 1);
      cluster += count;
    }
    for (let copy = 0; copy < LAYOUT.fats; copy++) this.#store(LAYOUT.reserved + copy * LAYOUT.fatSectors, fat);
    this.#store(ROOT_START, root);
  }

  /** Sectors from `first` on; zeros where nothing was written. */
  read(first: number, count: number): Uint8Array {
    const data = new Uint8Array(count * SECTOR_BYTES);
    for (let i = 0; i < count; i++) {
      const sector = this.#sectors.get(first + i);
      if (sector !== undefined) data.set(sector, i * SECTOR_BYTES);
    }
    return data;
  }

  /** The host's writing, whole sectors. */
  write(first: number, data: Uint8Array): void {
    this.#store(first, data);
    for (let at = 0; at < data.length; at += SECTOR_BYTES) this.#written.add(first + at / SECTOR_BYTES);
  }

  /** The files in the root directory; hidden ones are a host's own (macOS keeps what it knows of a file in one). */
  files(): FileEntry[] {
    const root = this.read(ROOT_START, DATA_START - ROOT_START);
    const found: FileEntry[] = [];
    for (let at = 0; at < root.length && root[at] !== 0; at += ENTRY_BYTES) {
      const attributes = root[at + 11];
      const deleted = root[at] === 0xe5;
      const others = ATTRIBUTE.hidden | ATTRIBUTE.volumeId | ATTRIBUTE.directory;
      if (deleted || (attributes & others) !== 0) continue;
      const part = (from: number, to: number): string =>
        Buffer.from(root.subarray(at + from, at + to))
          .toString("latin1")
          .trimEnd();
      const extension = part(8, 11);
      const name = extension === "" ? part(0, 8) : `${part(0, 8)}.${extension}`;
      found.push({ name, size: readU32(root, at + 28), firstCluster: readU16(root, at + 26) });
    }
    return found;
  }

  /**
   * The content of a file that the host has written in full: its chain of clusters is as long as its size says, and every
   * sector of it has been written, in whatever order. Undefined while something is missing.
   */
  writtenContent({ size, firstCluster }: FileEntry): Uint8Array | undefined {
    const needed = Math.ceil(size / CLUSTER_BYTES);
    if (needed === 0 || needed > CLUSTERS) return undefined;
    const fat = this.read(LAYOUT.reserved, LAYOUT.fatSectors);
    const content = new Uint8Array(needed * CLUSTER_BYTES);
    let cluster = firstCluster;
    for (let index = 0; index < needed; index++) {
      if (cluster < 2 || cluster >= CLUSTERS + 2) return undefined;
      const first = clusterSector(cluster);
      const sectors = Math.min(LAYOUT.perCluster, Math.ceil((size - index * CLUSTER_BYTES) / SECTOR_BYTES));
      for (let sector = 0; sector < sectors; sector++) if (!this.#written.has(first + sector)) return undefined;
      content.set(this.read(first, LAYOUT.perCluster), index * CLUSTER_BYTES);
      cluster = fatEntry(fat, cluster);
    }
    return cluster >= LAST_CLUSTER ? content.subarray(0, size) : undefined;
  }

  #store(first: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += SECTOR_BYTES) {
      const sector = new Uint8Array(SECTOR_BYTES);
      sector.set(data.subarray(at, at + SECTOR_BYTES));
      this.#sectors.set(first + at / SECTOR_BYTES, sector);
    }
  }
}

function clusterSector(cluster: number): number {
  return DATA_START + (cluster - 2) * LAYOUT.perCluster;
}

/** BIOS parameter block and extended boot record. */
function bootSector(label: string): Uint8Array {
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set([0xeb, 0x3c, 0x90]);
  sector.set(Buffer.from("MSDOS5.0", "latin1"), 3);
  writeU16(sector, 11, SECTOR_BYTES);
  sector[13] = LAYOUT.perCluster;
  writeU16(sector, 14, LAYOUT.reserved);
  sector[16] = LAYOUT.fats;
  writeU16(sector, 17, LAYOUT.rootEntries);
  writeU16(sector, 19, LAYOUT.sectors);
  sector[21] = 0xf8; // not removable
  writeU16(sector, 22, LAYOUT.fatSectors);
  writeU16(sector, 24, 63);
  writeU16(sector, 26, 255);
  sector[36] = 0x80;
  sector[38] = 0x29;
  writeU32(sector, 39, 0x5052_4f42);
  sector.set(Buffer.from(label.padEnd(11) + "FAT12   ", "latin1"), 43);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

function writeEntry(root: Uint8Array, index: number, name: string, kind: number, cluster: number, size: number): void {
  const at = index * ENTRY_BYTES;
  root.set(Buffer.from(name, "latin1"), at);
  root[at + 11] = kind;
  for (const offset of [16, 18, 24]) writeU16(root, at + offset, DATE);
  writeU16(root, at + 26, cluster);
  writeU32(root, at + 28, size);
}

/** Entries of 12 bits: two in three bytes. */
function fatEntry(fat: Uint8Array, cluster: number): number {
  const pair = readU16(fat, cluster + (cluster >> 1));
  return cluster % 2 === 0 ? pair & 0xfff : pair >>> 4;
}

function setFatEntry(fat: Uint8Array, cluster: number, value: number): void {
  const at = cluster + (cluster >> 1);
  const pair = readU16(fat, at);
  writeU16(fat, at, cluster % 2 === 0 ? (pair & 0xf000) | value : (pair & 0x000f) | (value << 4));
}
