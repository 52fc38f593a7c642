import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testImage } from "../image.ts";
import { Gdb } from "./gdb.ts";
import { demo, type Figures, type GdbHost, goToLine, loadImages, loadJobs, SIZE, stopJobs } from "./gdb-jobs.ts";
import { imageFile, lineProgram } from "./programs.ts";
import { BenchServer } from "./server.ts";
import { modelLimit, swdAlone } from "./wire-limit.ts";

/** What GDB's jobs cost through our server. Counted on the virtual probe: the same at every run. */
export async function linkFigures(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "probity-bench-"));
  try {
    return {
      ...(await loads(folder)),
      ...(await loadsOfV3(folder)),
      ...(await withGdb(demo, stopJobs)),
      ...(await line(folder)),
      ...(await reads(folder)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `work` with a GDB that is connected to a server of ours. */
async function withGdb<Result>(
  elf: string | undefined,
  work: (host: GdbHost, server: BenchServer) => Promise<Result>,
  { log, probe }: { log?: string; probe?: "v3" } = {},
): Promise<Result> {
  const server = await BenchServer.start(elf, probe);
  const gdb = new Gdb();
  try {
    if (elf !== undefined) await gdb.command(`-file-exec-and-symbols ${elf}`);
    if (log !== undefined) await gdb.console(`set remotelogfile ${log}`);
    await gdb.command(`-target-select extended-remote localhost:${server.port}`);
    const host: GdbHost = {
      gdb,
      get cost() {
        return server.cost;
      },
      measure: (action) => server.measure(action),
      toStop: (text) => gdb.run(text),
    };
    return await work(host, server);
  } finally {
    await gdb.quit();
    await server.close();
  }
}

async function loads(folder: string): Promise<Figures> {
  const images = loadImages(folder);
  return withGdb(undefined, async (host, server) => {
    const figures = await loadJobs(host, images);
    const found = await server.opened.session.readMemory(0x08000000, SIZE);
    if (Buffer.compare(found, images.last) !== 0) throw new Error("The loaded image reads back different.");
    return figures;
  });
}

/** Behind an ST-LINK/V3, whose queue of words holds more, at its own clock. */
async function loadsOfV3(folder: string): Promise<Figures> {
  const image = imageFile(folder, "image-v3", testImage(SIZE));
  return withGdb(
    undefined,
    async ({ gdb, measure }) => {
      const load = await measure(() => gdb.console(`load ${image}`));
      const reload = await measure(() => gdb.console(`load ${image}`));
      return { "load-64k-v3.transfers": load.transfers, "reload-64k-v3.transfers": reload.transfers };
    },
    { probe: "v3" },
  );
}

async function line(folder: string): Promise<Figures> {
  const { elf, longLine } = lineProgram(folder);
  const log = join(folder, "remote.log");
  const asked = (): number =>
    readFileSync(log, "latin1")
      .split("\n")
      .filter((text) => /^w \$/.test(text)).length;
  return withGdb(
    elf,
    async (host) => {
      await goToLine(host, longLine);
      const before = asked();
      const next = await host.measure(() => host.toStop("next"));
      return { "next-40.transfers": next.transfers, "next-40.gdb-exchanges": asked() - before };
    },
    { log },
  );
}

async function reads(folder: string): Promise<Figures> {
  return withGdb(demo, async ({ gdb }, server) => {
    const dump = join(folder, "dump.bin");
    const read = await server.measure(() => gdb.console(`dump binary memory ${dump} 0x08000000 0x08010000`));
    const { session, clock } = server.opened;
    await session.resume();
    // Until the looks at the run state have become seldom.
    await clock.sleep(200);
    const samples = 10;
    const before = server.looks;
    const watch = await server.measure(async () => {
      for (let sample = 0; sample < samples; sample++) {
        await session.readMemory(0x20000000, 400);
        await clock.sleep(100);
      }
    });
    const looks = server.looks - before;
    await session.halt();
    return {
      "read-64k.transfers": read.transfers,
      "read-64k.of-wire-limit": modelLimit(SIZE) / read.milliseconds,
      "read-64k.of-swd-alone": swdAlone(SIZE) / read.milliseconds,
      "watch-100.transfers-a-sample": (watch.transfers - looks) / samples,
      "watch-100.looks-a-second": Math.round((1000 * looks) / watch.milliseconds),
    };
  });
}
