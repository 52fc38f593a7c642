import { readFileSync } from "node:fs";
import { readLoader } from "../src/formats/read-loader.ts";
import { type OpenedSession, openSession } from "../src/session/open-session.ts";
import { parseProbeSpec } from "../src/session/probe-spec.ts";
import type { NorFlash } from "../src/sim/parts/nor-flash.ts";
import type { CostRow } from "./cost-row.ts";
import { testImage } from "./image.ts";

const mebibyte = 1024 * 1024;
const loaderName = "m29w128_stm3210e-eval.stldr";

/** Probes and wire clocks: the usual one, and one whose link is faster than the memory. */
const probes = [
  { probe: "v2-1", kilohertz: 4000, who: "Probity, V2-1, 4 MHz" },
  { probe: "v3", kilohertz: 24_000, who: "Probity, V3, 24 MHz" },
] as const;

/** What an external memory loader costs on the virtual STM3210E-EVAL: Init(), and writing 1 MiB of its NOR flash. */
export async function benchExternal(): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  for (const { probe, kilohertz, who } of probes) {
    const opened = await open(`sim:stm3210e-eval?pace=fast&probe=${probe}`, kilohertz);
    const { memory } = opened.loaded[0];
    const { nor } = opened.board as unknown as { readonly nor: NorFlash };
    const start = memory.device.start;
    const image = testImage(mebibyte);
    // The blocks hold something else: they have to be erased.
    nor.content.load(
      0,
      image.map((byte) => byte ^ 0x5a),
    );
    const account = () => ({
      transfers: opened.simulated?.account.transfers ?? 0,
      milliseconds: opened.clock.now(),
      own: nor.busyNanoseconds / 1e6,
    });

    const beforeInit = account();
    await memory.init();
    const afterInit = account();
    rows.push({ name: "loader: Init()", who, ...difference(beforeInit, afterInit) });

    await memory.program([{ address: start, data: image }]);
    const afterWrite = account();
    const { transfers, milliseconds } = difference(afterInit, afterWrite);
    const own = afterWrite.own - afterInit.own;
    rows.push({
      name: "loader: write 1 MiB of NOR",
      who,
      transfers,
      milliseconds,
      rate: `${((100 * (milliseconds - own)) / own).toFixed(1)} % over the memory's own ${own.toFixed(0)} ms`,
    });
    for (let at = 0; at < mebibyte; at++) {
      if (nor.content.byte(at) !== image[at]) throw new Error(`the NOR flash differs at ${at.toString(16)}`);
    }
    await opened.session.close();
    opened.dispose();
  }
  return rows;
}

interface Account {
  readonly transfers: number;
  readonly milliseconds: number;
}

function difference(before: Account, after: Account): Account {
  return {
    transfers: after.transfers - before.transfers,
    milliseconds: after.milliseconds - before.milliseconds,
  };
}

function open(probe: string, frequency: number): Promise<OpenedSession> {
  const file = new URL(`../firmware/loaders/${loaderName}`, import.meta.url);
  const loader = readLoader(readFileSync(file), loaderName);
  return openSession({
    spec: parseProbeSpec(probe),
    protocol: "swd",
    frequency,
    connect: "normal",
    ap: 0,
    verify: false,
    incremental: false,
    haltTimeout: 1000,
    loaders: { files: [{ loader, initAfterReset: false }], timeout: 10_000, strict: true, initAtStart: false },
    log: () => {},
    note: () => {},
  });
}
