import { hex32, readU32 } from "../../src/base/bytes.ts";
import type { Outcome } from "./compare.ts";
import { type Batch, segmentsOf } from "./image.ts";
import * as layout from "./layout.ts";
import { Qemu, type QemuMachine } from "./qemu.ts";
import { type CoreOptions, type MakeCpu, VirtualCore } from "./virtual-core.ts";

const mostFailures = 40;

/** Executes the batch in QEMU; a case that does not end there is a mistake of the generator, and an error. */
export async function runInQemu(batch: Batch, machine?: QemuMachine): Promise<Outcome> {
  const qemu = await Qemu.start(segmentsOf(batch), machine);
  try {
    const stop = await qemu.runTo([batch.stop, batch.faultStop]);
    const results = await qemu.stub.read(layout.resultBase, batch.cases.length * layout.resultSize);
    const data = await qemu.stub.read(layout.dataBase, batch.cases.length * layout.dataSize);
    if (stop !== batch.stop) {
      const slot = batch.cases.findIndex((_, i) => isEmpty(results, i));
      const cfsr = readU32(await qemu.stub.read(0xe000_ed28, 4), 0);
      throw new Error(
        `case ${batch.cases[slot]?.index} (${batch.cases[slot]?.body.classes.map(({ name }) => name).join(", ")}) ` +
          `ended at ${hex32(stop)} in QEMU, CFSR ${hex32(cfsr)}: it is not a valid case`,
      );
    }
    return { results, data, failures: new Map() };
  } finally {
    await qemu.close();
  }
}

/**
 * Executes the batch on the virtual CPU. A case that does not end is noted, and the next one started on a new machine,
 * as a fault may have stacked its frame over anything.
 */
export function runInVirtualCore(batch: Batch, makeCpu?: MakeCpu, options: CoreOptions = {}): Outcome {
  const results = new Uint8Array(batch.cases.length * layout.resultSize);
  const data = batch.dataBytes.slice();
  const failures = new Map<number, string>();
  for (let first = 0; first < batch.cases.length; ) {
    const core = new VirtualCore(segmentsOf(batch, first), makeCpu, options);
    const ended = core.runTo([batch.stop, batch.faultStop], batch.cases.length * 2000);
    const left = core.memory(layout.resultBase, results.length);
    let end = batch.cases.length;
    if (ended !== batch.stop) {
      end = first;
      while (end < batch.cases.length - 1 && !isEmpty(left, end)) end++;
      failures.set(end, describeEnd(core, ended));
      end++;
    } else if (Buffer.compare(core.memory(batch.code.base, batch.code.size), codeOf(batch, first)) !== 0) {
      failures.set(first, "the code has changed; this case or a later one wrote to it");
    }
    const part = (whole: Uint8Array, size: number): Uint8Array => whole.subarray(first * size, end * size);
    results.set(part(left, layout.resultSize), first * layout.resultSize);
    data.set(part(core.memory(layout.dataBase, data.length), layout.dataSize), first * layout.dataSize);
    if (failures.size > mostFailures) break;
    first = end;
  }
  return { results, data, failures };
}

function codeOf(batch: Batch, first: number): Uint8Array {
  return segmentsOf(batch, first).find(({ address }) => address === batch.code.base)!.bytes;
}

function describeEnd(core: VirtualCore, stop: number | undefined): string {
  const { r, xpsr } = core.cpu.registers();
  const where = stop === undefined ? `still running at ${hex32(r[15])}` : `exception ${xpsr & 0x1ff}`;
  const cfsr = core.cpu.debugRead(0xe000_ed28, 4);
  return `${where}, CFSR ${hex32(cfsr)}${core.cpu.lockedUp ? ", locked up" : ""}`;
}

function isEmpty(results: Uint8Array, slot: number): boolean {
  const start = slot * layout.resultSize;
  return results.subarray(start, start + layout.resultSize).every((byte) => byte === 0);
}
