import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bench, blinky, openBench } from "./bench.ts";
import { GuestClient } from "./guest-client.ts";

let bench: Bench;
let guest: GuestClient;

beforeEach(async () => {
  bench = await openBench();
  guest = await GuestClient.attach(bench.port.port);
});
afterEach(async () => {
  guest.close();
  await bench.close();
});

/** What a host learns from the boot sector. */
async function geometry() {
  const { data: boot } = await guest.readSectors(0, 1);
  const fats = boot.readUInt16LE(14);
  const fatSectors = boot.readUInt16LE(22);
  const root = fats + boot[16] * fatSectors;
  const rootSectors = (boot.readUInt16LE(17) * 32) / 512;
  return { perCluster: boot[13], fat: fats, fatSectors, root, rootSectors, data: root + rootSectors };
}

async function files() {
  const where = await geometry();
  const { data: root } = await guest.readSectors(where.root, where.rootSectors);
  const found = new Map<string, string>();
  for (let at = 0; root[at] !== 0; at += 32) {
    if ((root[at + 11] & 0x08) !== 0) continue;
    const name = `${root.toString("latin1", at, at + 8).trim()}.${root.toString("latin1", at + 8, at + 11).trim()}`;
    const first = where.data + (root.readUInt16LE(at + 26) - 2) * where.perCluster;
    const { data } = await guest.readSectors(first, where.perCluster);
    found.set(name, data.toString("latin1", 0, root.readUInt32LE(at + 28)));
  }
  return found;
}

type Part = "data" | "fat" | "entry";

/** Copies a file as a host does: its sectors, both copies of the table, the directory entry, in the order asked. */
async function copy(
  name: string,
  content: Buffer,
  order: readonly Part[],
  { attributes = 0x20, first = 500 } = {},
): Promise<void> {
  const where = await geometry();
  const bytes = where.perCluster * 512;
  const count = Math.ceil(content.length / bytes);
  const parts: Record<Part, () => Promise<void>> = {
    data: async () => {
      const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512);
      content.copy(padded);
      const start = where.data + (first - 2) * where.perCluster;
      for (let at = 0; at < padded.length; at += 8192) {
        await guest.writeSectors(start + at / 512, padded.subarray(at, at + 8192));
      }
    },
    fat: async () => {
      const fat = Buffer.from((await guest.readSectors(where.fat, where.fatSectors)).data);
      for (let i = 0; i < count; i++) {
        const value = i + 1 === count ? 0xfff : first + i + 1;
        const at = first + i + ((first + i) >> 1);
        const pair = fat.readUInt16LE(at);
        fat.writeUInt16LE((first + i) % 2 === 0 ? (pair & 0xf000) | value : (pair & 0xf) | (value << 4), at);
      }
      await guest.writeSectors(where.fat, fat);
      await guest.writeSectors(where.fat + where.fatSectors, fat);
    },
    entry: async () => {
      const root = Buffer.from((await guest.readSectors(where.root, 1)).data);
      let at = 0;
      while (root[at] !== 0) at += 32;
      root.write(name, at, "latin1");
      root[at + 11] = attributes;
      root.writeUInt16LE(first, at + 26);
      root.writeUInt32LE(content.length, at + 28);
      await guest.writeSectors(where.root, root);
    },
  };
  for (const part of order) await parts[part]();
}

function programmed(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("nothing was programmed")), 10_000);
    bench.device.drive?.onProgrammed((failure) => {
      clearTimeout(timer);
      resolve(failure);
    });
  });
}

async function prints(): Promise<string> {
  let text = "";
  bench.board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  await bench.probe.sleep(700);
  return text;
}

const binary = Buffer.concat(blinky.map(({ data }) => data));

describe("SCSI", () => {
  it("identifies itself and its capacity", async () => {
    expect((await guest.control(0xa1, 0xfe, 0, 1, 1)).data).toEqual(Buffer.of(0));
    const inquiry = (await guest.scsi([0x12, 0, 0, 0, 36, 0], 36)).data;
    expect([inquiry[0], inquiry[1] & 0x80, inquiry.length]).toEqual([0, 0x80, 36]);
    expect((await guest.scsi([0, 0, 0, 0, 0, 0])).status).toBe(0);
    const capacity = (await guest.scsi([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8)).data;
    expect([capacity.readUInt32BE(0), capacity.readUInt32BE(4)]).toEqual([16_383, 512]);
    expect((await guest.scsi([0x1a, 0, 0x3f, 0, 192, 0], 192)).data).toEqual(Buffer.of(3, 0, 0, 0));
    expect((await guest.scsi([0x1e, 0, 0, 0, 1, 0])).status).toBe(0);
    expect((await guest.scsi([0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0])).status).toBe(0);
  });

  it("refuses what it does not know and says why", async () => {
    expect((await guest.scsi([0xc0, 0, 0, 0, 0, 0], 64)).status).toBe(1);
    const sense = (await guest.scsi([3, 0, 0, 0, 18, 0], 18)).data;
    expect([sense[2], sense[12]]).toEqual([5, 0x20]);
    expect((await guest.readSectors(16_383, 2)).status).toBe(1);
    expect((await guest.scsi([3, 0, 0, 0, 18, 0], 18)).data[12]).toBe(0x21);
  });

  it("needs the reset request after a block that is none", async () => {
    expect((await guest.bulkOut(3, Buffer.from("no command block"))).status).toBe(4);
    await guest.control(0x02, 1, 0, 0x03);
    await guest.control(0x02, 1, 0, 0x83);
    const ready = Buffer.alloc(31);
    ready.write("USBC", 0, "latin1");
    ready[14] = 6;
    expect((await guest.bulkOut(3, ready)).status).toBe(4);
    await guest.control(0x21, 0xff, 0, 1);
    await guest.control(0x02, 1, 0, 0x03);
    await guest.control(0x02, 1, 0, 0x83);
    expect((await guest.scsi([0, 0, 0, 0, 0, 0])).status).toBe(0);
  });
});

describe("drive", () => {
  it("tells what it is", async () => {
    const there = await files();
    expect([...there.keys()]).toEqual(["DETAILS.TXT", "MBED.HTM"]);
    expect(there.get("DETAILS.TXT")).toContain("Version: V2J37M27");
    expect(there.get("DETAILS.TXT")).toContain("STM32F103C8");
  });

  it.each([
    ["Linux", ["entry", "data", "fat", "entry"]],
    ["Windows", ["fat", "entry", "data"]],
    ["data first", ["data", "fat", "entry"]],
  ] as const)("programs and runs a .bin written as %s does", async (_, order) => {
    const done = programmed();
    // A second writing of the entry replaces nothing: it is a second file of the same content.
    await copy("BLINKY  BIN", binary, order);
    expect(await done).toBeUndefined();
    expect(await prints()).toContain("Probity blinky: tick 1");
    // The medium is another now: the first command hears of it.
    expect((await guest.scsi([0, 0, 0, 0, 0, 0])).status).toBe(1);
    expect((await guest.scsi([3, 0, 0, 0, 18, 0], 18)).data[12]).toBe(0x28);
    expect([...(await files()).keys()]).toEqual(["DETAILS.TXT", "MBED.HTM"]);
  });

  it("leaves hidden and unfinished files alone", async () => {
    const done = programmed();
    const order = ["data", "fat", "entry"] as const;
    await copy("_BLINK~1BIN", Buffer.alloc(4096, 0x11), order, { attributes: 0x22, first: 600 });
    // The table says that the file goes on where nothing has been written.
    await copy("HALF    BIN", Buffer.alloc(4096, 0x22), ["fat", "entry"], { first: 700 });
    await copy("BLINKY  BIN", binary, order);
    expect(await done).toBeUndefined();
    expect(await prints()).toContain("Probity blinky: tick 1");
  });

  it("programs Intel HEX", async () => {
    const lines: string[] = [];
    const record = (address: number, kind: number, data: Uint8Array): void => {
      const bytes = [data.length, address >> 8, address & 0xff, kind, ...data];
      const sum = -bytes.reduce((total, byte) => total + byte, 0) & 0xff;
      lines.push(
        `:${Buffer.from([...bytes, sum])
          .toString("hex")
          .toUpperCase()}`,
      );
    };
    record(0, 4, Uint8Array.of(0x08, 0x00));
    for (let at = 0; at < binary.length; at += 16) record(at, 0, binary.subarray(at, at + 16));
    record(0, 1, new Uint8Array(0));
    const done = programmed();
    await copy("BLINKY  HEX", Buffer.from(`${lines.join("\r\n")}\r\n`), ["data", "fat", "entry"]);
    expect(await done).toBeUndefined();
    expect(await prints()).toContain("Probity blinky: tick 1");
  });

  it.each([
    ["a program that is too large", "BIG     BIN", Buffer.alloc(70_000, 0x55), "does not fit"],
    ["what is no Intel HEX", "WRONG   HEX", Buffer.from("hello"), "format is unknown"],
  ])("says in FAIL.TXT that it refused %s", async (_, name, content, words) => {
    const done = programmed();
    await copy(name, content, ["data", "fat", "entry"]);
    expect(await done).toContain(words);
    await guest.scsi([0, 0, 0, 0, 0, 0]);
    expect((await files()).get("FAIL.TXT")).toContain(words);
  });
});

it("programs an STM32F4, over more than one of its sectors", async () => {
  guest.close();
  await bench.close();
  bench = await openBench("v2-1", [], "stm32469i-eval");
  guest = await GuestClient.attach(bench.port.port);
  const done = programmed();
  const content = Buffer.from(Array.from({ length: 20_001 }, (_, i) => (i * 7) & 0xff));
  await copy("F4      BIN", content, ["data", "fat", "entry"]);
  expect(await done).toBeUndefined();
  const word = (at: number): number => bench.board.chip.busRead(0x08000000 + at, 4) >>> 0;
  for (const at of [0, 16_380, 16_384, 19_996]) expect(word(at)).toBe(content.readUInt32LE(at));
  expect(word(20_000)).toBe((0xffffff00 | content[20_000]) >>> 0);
});
