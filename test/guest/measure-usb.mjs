// Compares versions of the package `usb` on an ST-LINK, by turns in one process: node measure-usb.mjs FOLDER FOLDER...
// where a folder is the package's. All are used through the same interface (WebUSB). Prints medians over the rounds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const rounds = 9;
const [OUT, IN] = [1, 1];
const require = createRequire(import.meta.url);

function command(...bytes) {
  const block = new Uint8Array(16);
  block.set(bytes);
  return block;
}

const getMode = command(0xf5);
const read6KiB = command(0xf2, 0x07, 0, 0, 0, 0x08, 0, 0x18);
const lastStatus = command(0xf2, 0x3e);

const versionOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;

/** A version of the package, with an opened probe in debug mode. */
async function open(folder) {
  const usb = require(folder);
  const bus = usb.usb.getDevices === undefined ? new usb.WebUSB({ allowAllDevices: true }) : usb.usb;
  const device = (await bus.getDevices()).find((one) => one.vendorId === 0x0483);
  await device.open();
  await device.claimInterface(0);
  const out = (bytes) => device.transferOut(OUT, bytes);
  const inward = async (length) => {
    const { data } = await device.transferIn(IN, length);
    if (data.byteLength !== length) throw new Error(`${data.byteLength} bytes came, not ${length}`);
  };
  const probe = { device, out, in: inward };
  await out(command(0xf2, 0x30, 0xa3));
  await inward(2);
  return probe;
}

async function close({ device, out }) {
  await out(command(0xf2, 0x21)).catch(() => {});
  await device.releaseInterface(0).catch(() => {});
  await device.close().catch(() => {});
}

/** Ways to make `count` commands, with how often. */
const jobs = [
  {
    name: "a command, then its reply",
    count: 40,
    async once({ out, in: inward }) {
      await out(getMode);
      await inward(2);
    },
  },
  {
    name: "6 KiB, then their status",
    count: 20,
    async once({ out, in: inward }) {
      await out(read6KiB);
      await inward(6144);
      await out(lastStatus);
      await inward(12);
    },
  },
  {
    name: "the same, all four transfers in flight",
    count: 20,
    once: ({ out, in: inward }) => Promise.all([out(read6KiB), inward(6144), out(lastStatus), inward(12)]),
  },
  {
    name: "8 commands and their replies in flight",
    count: 10,
    once: ({ out, in: inward }) => Promise.all(Array.from({ length: 8 }, () => [out(getMode), inward(2)]).flat()),
  },
];

const figures = new Map();
const note = (name, folder, figure) => {
  const key = `${name} ${folder}`;
  figures.set(key, [...(figures.get(key) ?? []), figure]);
};

async function measure(folder, { name, count, once }) {
  const before = performance.now();
  const probe = await open(folder);
  note("find and open", folder, { time: performance.now() - before, cpu: 0 });
  try {
    await once(probe);
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (let i = 0; i < count; i++) await once(probe);
    const time = (performance.now() - started) / count;
    const { user, system } = process.cpuUsage(cpu);
    note(name, folder, { time, cpu: (user + system) / 1000 / count });
  } catch (error) {
    note(name, folder, { error: error.message });
    // What is under way ends by its own timeout.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  await close(probe);
}

const folders = process.argv.slice(2);
for (const job of jobs) {
  for (let round = 0; round < rounds; round++) {
    for (const folder of round % 2 === 0 ? folders : folders.toReversed()) await measure(folder, job);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1].toFixed(1);
for (const name of ["find and open", ...jobs.map((job) => job.name)]) {
  const cells = folders.map((folder) => {
    const all = figures.get(`${name} ${folder}`) ?? [];
    const [failed] = all.filter(({ error }) => error !== undefined);
    if (failed !== undefined) return `${versionOf(folder)} fails (${failed.error})`;
    const [time, cpu] = ["time", "cpu"].map((key) => median(all.map((figure) => figure[key])));
    return `${versionOf(folder)} ${time} ms${cpu === "0.0" ? "" : `, ${cpu} ms of it computing`}`;
  });
  console.log(`${name}: ${cells.join("; ")}`);
}
process.exit(0);
