import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { MemoryPort } from "../coresight/memory-port.ts";
import { coreIdentity } from "./core-name.ts";
import { type CoreProbe, usedByOthers } from "./core-probe.ts";
import { type CoreOptions, CortexMCore } from "./cortex-m-core.ts";
import { demcr, dhcsr, dhcsrValue, dwt, fpb, scs } from "./debug-registers.ts";
import { read, write } from "./word-operations.ts";

/**
 * Takes a Cortex-M under debug control: sets C_DEBUGEN and TRCENA, clears comparators that an earlier debugger left. What
 * another program set that uses the probe at the same time stays. A running core keeps running, a halted one stays halted.
 * Rejects with `core-not-found` when no CPUID is there.
 */
export async function openCore(
  port: MemoryPort,
  probe: CoreProbe,
  clock: Clock,
  options: CoreOptions = {},
): Promise<CortexMCore> {
  // Words in a queue cost no transfer each; one by one, what is asked is asked when it is known to be there. The DWT answers
  // once TRCENA is set (ARMv7-M C1.6.5), which must not take away another program's vector catches.
  const joins = await usedByOthers(probe);
  const queued = port.wordQueue !== undefined && !joins;
  const comparators = [read(fpb.control), read(dwt.control)];
  const early = queued ? [write(scs.demcr, demcr.traceEnable), ...comparators] : [];
  const [cpuid, state, ...first] = await port.words([read(scs.cpuid), read(scs.dhcsr), ...early]);
  const identity = coreIdentity(cpuid);
  if (identity === undefined) {
    throw new ProbityError("core-not-found", `No Cortex-M answers behind access port ${port.ap}.`, {
      facts: { cpuid, ap: port.ap },
      remedy: ["Choose the access port of the core, or connect under reset."],
    });
  }
  const halted = (state & dhcsr.halted) !== 0;
  const catches = joins ? (await port.readWord(scs.demcr)) & demcr.anyCatch : 0;
  // C_MASKINTS must not change while the core runs.
  const keep = halted ? dhcsr.halt : state & dhcsr.maskInterrupts;
  const control = (demcr.traceEnable | catches) >>> 0;
  const take = [
    write(scs.demcr, control),
    write(scs.dhcsr, dhcsrValue(keep | (joins ? state & dhcsr.maskInterrupts : 0))),
  ];
  const [fpControl, dwtControl] = queued ? first : await port.words([...take, ...comparators]);
  const found = { cpuid, identity, dhcsr: state, fpControl, dwtControl, demcr: control };
  const core = new CortexMCore(port, probe, clock, found, options);
  await core.begin(queued ? take : [], joins);
  return core;
}
