import type { Batch } from "./image.ts";
import { segmentsOf } from "./image.ts";
import { Qemu } from "./qemu.ts";
import { VirtualCore } from "./virtual-core.ts";

/** Registers after one step: R0 to R15, then xPSR. */
export type Step = readonly number[];

/** A case stepped through in both machines. */
export interface SteppedCase {
  readonly slot: number;
  readonly expected: readonly Step[];
  readonly actual: readonly Step[];
}

const mostSteps = 12;

/** QEMU takes YIELD and WFE as hints to leave its loop, and its stub then steps one instruction too far. */
const leavesLoop = /^(YIELD|WFE)/;

/** Goes through every case of the batch one instruction at a time, in QEMU and in the virtual CPU. */
export async function stepThrough(batch: Batch): Promise<SteppedCase[]> {
  const qemu = await Qemu.start(segmentsOf(batch));
  try {
    const core = new VirtualCore(segmentsOf(batch));
    core.halt();
    const stepped = [];
    for (const [slot, { body }] of batch.cases.entries()) {
      if (body.classes.some(({ name }) => leavesLoop.test(name))) continue;
      const first = body.firstAddress;
      const inside = (pc: number): boolean => pc >= first && pc < first + 2 * body.halfwords.length;
      await qemu.stub.setBreakpoint(first);
      await qemu.stub.run(10_000);
      await qemu.stub.clearBreakpoint(first);
      const start = await qemu.stub.registers();
      core.set(start.r, start.xpsr, batch.control);
      const expected = [[...start.r, start.xpsr]];
      const actual: Step[] = [core.state()];
      while (expected.length <= mostSteps && inside(expected[expected.length - 1][15])) {
        await qemu.stub.step();
        const { r, xpsr } = await qemu.stub.registers();
        expected.push([...r, xpsr]);
        core.step();
        actual.push(core.state());
      }
      stepped.push({ slot, expected, actual });
    }
    return stepped;
  } finally {
    await qemu.close();
  }
}
