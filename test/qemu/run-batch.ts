import { hex32, readU32, writeU32 } from "../../src/base/bytes.ts";
import type { Outcome } from "./compare.ts";
import { type Batch, firstCaseLiteral, segmentsOf } from "./image.ts";
import * as layout from "./layout.ts";
import { Qemu } from "./qemu.ts";
import { type MakeCpu, VirtualCore } from "./virtual-core.ts";

const mostFailures = 40;

/** Executes the batch in QEMU; a case that does not end there is a mistake of the generator, and an error. */
export async function runInQemu(batch: Batch): Promise<Outcome> {
  const qemu = await Qemu.start(segmentsOf(batch));
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

/** Executes the batch on the virtual CPU. A case that does not end is noted, and the next one started afresh. */
export function runInVirtualCore(batch: Batch, makeCpu?: MakeCpu): Outcome {
  const core = new VirtualCore(segmentsOf(batch), makeCpu);
  const failures = new Map<number, string>();
  const results = core.memory(layout.resultBase, batch.cases.length * layout.resultSize);
  const finish = (): Outcome => ({
    results: results.slice(),
    data: core.memory(layout.dataBase, batch.cases.length * layout.dataSize).slice(),
    failures,
  });
  for (;;) {
    const stop = core.runTo([batch.stop, batch.faultStop], batch.cases.length * 2000);
    if (stop === batch.stop) break;
    let slot = 0;
    while (slot < batch.cases.length && (failures.has(slot) || !isEmpty(results, slot))) slot++;
    if (slot === batch.cases.length) break;
    const { r, xpsr } = core.cpu.registers();
    const cfsr = core.cpu.debugRead(0xe000_ed28, 4);
    const where = stop === undefined ? `still running at ${hex32(r[15])}` : `exception ${xpsr & 0x1ff}`;
    failures.set(slot, `${where}, CFSR ${hex32(cfsr)}${core.cpu.lockedUp ? ", locked up" : ""}`);
    const next = batch.cases[slot + 1];
    if (next === undefined || failures.size > mostFailures) break;
    const literal = new Uint8Array(4);
    writeU32(literal, 0, next.entry + 1);
    core.poke(firstCaseLiteral, literal);
    core.cpu.powerOn();
  }
  const code = core.memory(batch.code.base, batch.code.size);
  code.set(batch.codeBytes.subarray(firstCaseLiteral, firstCaseLiteral + 4), firstCaseLiteral);
  if (Buffer.compare(code, batch.codeBytes) !== 0) failures.set(0, "the batch changed its own code");
  return finish();
}

function isEmpty(results: Uint8Array, slot: number): boolean {
  const start = slot * layout.resultSize;
  return results.subarray(start, start + layout.resultSize).every((byte) => byte === 0);
}
