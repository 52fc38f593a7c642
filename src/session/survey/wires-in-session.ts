import { isProbityError } from "../../base/errors.ts";
import { FactSet } from "../../diagnose/fact-set.ts";
import type { Fact } from "../../diagnose/facts.ts";
import type { Session } from "../session.ts";
import { mayBeNoise } from "./error-facts.ts";
import type { FactRecorder } from "./fact-recorder.ts";
import { measureQuality } from "./wire-steps.ts";

/** Whether disturbed wires may be behind a failure: by its kind, or because garbled answers came in this session. */
export function smellsOfWires(error: unknown, badAnswers = 0): boolean {
  return badAnswers > 0 || (isProbityError(error) && mayBeNoise(error.code));
}

/**
 * Measures the wires of a session that met an error which they may have made, and leaves clock and core as they were.
 * `known` are the session's facts: over which protocol it runs, and at which clock. JTAG has
 * no parity: there a constant that reads otherwise is what shows. Rejects only when the probe is gone.
 */
export async function measureInSession(
  recorder: FactRecorder,
  session: Pick<Session, "probe" | "exclusive">,
  known: readonly Fact[],
  clock: Parameters<typeof measureQuality>[2],
): Promise<void> {
  const contact = new FactSet(known).last("wire-answer", ({ answer }) => answer === "ok");
  const khz = contact?.value.khz;
  if (contact === undefined || khz === undefined) return;
  const { protocol = "swd" } = contact.value;
  const { probe } = session;
  await session.exclusive(async () => {
    await recorder.step("measuring the wires", async () => {
      try {
        await measureQuality(recorder, probe, clock, khz, true, protocol);
      } finally {
        await probe.setFrequency?.(protocol, khz).catch(() => {});
      }
    });
  });
}
