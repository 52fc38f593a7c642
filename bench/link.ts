import { type OpenedSession, openSession } from "../src/session/open-session.ts";
import { parseProbeSpec } from "../src/session/probe-spec.ts";
import { testImage } from "./image.ts";
import type { Row } from "./row.ts";

const kibibytes = 64;

/** What our own server's session costs for each job, on a virtual probe of its own. */
export async function benchLink(): Promise<Row[]> {
  const rows: Row[] = [];
  const image = testImage(kibibytes * 1024);
  const elf = new URL("../firmware/inspect/inspect.elf", import.meta.url).pathname;

  let connected: OpenedSession | undefined;
  {
    const started = { transfers: 0, milliseconds: 0 };
    connected = await open(`sim:bluepill?pace=fast&elf=${elf}`, "attach");
    const { simulated } = connected;
    rows.push(row("connect (attach) and identify", connected, started));
    const before = mark(connected);
    await connected.session.halt();
    await connected.session.registers();
    rows.push(row("halt to registers", connected, before));
    const step = mark(connected);
    await connected.session.step();
    await connected.session.registers();
    rows.push(row("one step with registers", connected, step));
    const read = mark(connected);
    await connected.session.readMemory(0x08000000, kibibytes * 1024);
    rows.push(row(`read ${kibibytes} KiB`, connected, read, kibibytes));
    simulated?.resetAccount();
    await connected.session.close();
    connected.dispose();
  }
  {
    const opened = await open("sim:bluepill?pace=fast", "normal");
    const before = mark(opened);
    for (let offset = 0; offset < image.length; offset += 0x3f00) {
      await opened.session.flashWrite(0x08000000 + offset, image.subarray(offset, offset + 0x3f00));
    }
    await opened.session.flashDone();
    rows.push(row(`load ${kibibytes} KiB`, opened, before, kibibytes));
    const found = await opened.session.readMemory(0x08000000, image.length);
    if (!Buffer.from(found).equals(Buffer.from(image))) throw new Error("the loaded image reads back different");
    await opened.session.close();
    opened.dispose();
  }
  return rows;
}

function open(probe: string, connect: "normal" | "attach"): Promise<OpenedSession> {
  return openSession({
    spec: parseProbeSpec(probe),
    protocol: "swd",
    connect,
    ap: 0,
    verify: false,
    incremental: false,
    haltTimeout: 1000,
    log: () => {},
    note: () => {},
  });
}

interface Mark {
  readonly transfers: number;
  readonly milliseconds: number;
}

function mark({ simulated, clock }: OpenedSession): Mark {
  return { transfers: simulated?.account.transfers ?? 0, milliseconds: clock.now() };
}

function row(name: string, opened: OpenedSession, before: Mark, kib?: number): Row {
  const now = mark(opened);
  const milliseconds = now.milliseconds - before.milliseconds;
  return {
    name,
    who: "Probity",
    transfers: now.transfers - before.transfers,
    milliseconds,
    rate: kib === undefined ? undefined : `${(kib / (milliseconds / 1000)).toFixed(1)} KiB/s`,
  };
}
