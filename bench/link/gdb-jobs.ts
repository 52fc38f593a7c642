import { flashTimes } from "../../src/sim/stm32f1/flash-controller.ts";
import { testImage } from "../image.ts";
import type { Gdb } from "./gdb.ts";
import { imageFile } from "./programs.ts";
import type { Cost } from "./server.ts";

/** Bytes that are loaded and read. */
export const SIZE = 64 * 1024;
/** The program for the jobs in which the core stops. */
export const demo = new URL("../../firmware/inspect/inspect.elf", import.meta.url).pathname;

/** Figures by the names of their rows. */
export type Figures = Record<string, number>;

/** A GDB that is connected to a server, whichever, and the account of the virtual probe behind that. */
export interface GdbHost {
  readonly gdb: Gdb;
  /** Since the probe was opened. */
  readonly cost: Cost;
  measure(action: () => Promise<unknown>): Promise<Cost>;
  /** A command of GDB's that lets the core run; until it has stopped. */
  toStop(text: string): Promise<void>;
}

/** The images of the load jobs as object files, and what flash holds after them. */
export interface LoadImages {
  readonly first: string;
  /** Differs in one page. */
  readonly changed: string;
  readonly last: Uint8Array;
}

export function loadImages(folder: string): LoadImages {
  const image = testImage(SIZE);
  const last = image.slice();
  last[SIZE / 2 + 100] ^= 1;
  return { first: imageFile(folder, "image", image), changed: imageFile(folder, "changed", last), last };
}

/** Over what is there, the same once more, and with one page changed. */
export async function loadJobs(host: GdbHost, { first, changed }: LoadImages): Promise<Figures> {
  const { gdb } = host;
  const load = await host.measure(() => gdb.console(`load ${first}`));
  const reload = await host.measure(() => gdb.console(`load ${first}`));
  const onePage = await host.measure(() => gdb.console(`load ${changed}`));
  return {
    "load-64k.transfers": load.transfers,
    "load-64k.modelled-over-chip": load.milliseconds / chipMilliseconds(SIZE),
    "reload-64k.transfers": reload.transfers,
    "reload-64k-one-page.transfers": onePage.transfers,
  };
}

/** With {@link demo} in flash: all up to the first registers, a breakpoint with what a debugger shows there, and a step. */
export async function stopJobs(host: GdbHost): Promise<Figures> {
  const { gdb } = host;
  await gdb.console("info registers");
  // All since the probe was opened.
  const connect = host.cost.transfers;
  await gdb.console("break accumulate");
  const hit = await host.measure(async () => {
    await host.toStop("continue");
    await gdb.console("bt");
    await gdb.console("info locals");
  });
  const step = await host.measure(async () => {
    await gdb.run("stepi");
    await gdb.console("info registers");
  });
  return {
    "connect.transfers": connect,
    "stepi.transfers": step.transfers,
    "breakpoint-bt.transfers": hit.transfers,
  };
}

/** To a line, as a user comes there who wants to step over it. */
export async function goToLine(host: GdbHost, line: number): Promise<void> {
  // A breakpoint of its own: while one stays GDB puts it in and takes it out around each stop.
  await host.gdb.console(`tbreak line.c:${line}`);
  await host.toStop("continue");
  await host.gdb.console("info locals");
}

/** The chip's own time for the cheapest way to fill `bytes` of flash: all erased at once, each half-word programmed. */
function chipMilliseconds(bytes: number): number {
  return (flashTimes.massErase + (bytes / 2) * flashTimes.halfWord) / 1e6;
}
