import type { Clock } from "../../base/clock.ts";
import { isProbityError } from "../../base/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import type { ConnectMode } from "../../stm32/connect.ts";
import { FindingError } from "../finding-error.ts";
import { factsOfError } from "./error-facts.ts";
import { type FactRecorder, isLinkGone } from "./fact-recorder.ts";
import { surveyTarget } from "./survey.ts";
import { smellsOfWires } from "./wires-in-session.ts";

/** How a session that is being opened is diagnosed: what it reads along goes to `recorder`. */
export interface Diagnosis {
  readonly recorder: FactRecorder;
  /** What is being done now that takes a while, for whoever waits. */
  readonly onStep?: (doing: string) => void;
}

/** Errors whose cause lies in the target or its wires, so that looking at them tells more. */
const targetTrouble = /^(swd|jtag|core|memory|debug|flash|algorithm)-|^probe-(command-refused|failed)$/;

/**
 * Looks for the cause of a start that failed, over the link that is still open. The target is reset only where the mode
 * of connecting would have done so anyway. Never rejects for what it meets.
 */
export async function followUp(
  { recorder, onStep }: Diagnosis,
  probe: Probe | undefined,
  clock: Clock,
  error: unknown,
  mode: { readonly connect: ConnectMode; readonly frequency?: number },
): Promise<void> {
  // A finding needs no second look, and an error of the program's own is no fact.
  if (!isProbityError(error) || error instanceof FindingError) return;
  recorder.add(...factsOfError(error, mode.connect === "under-reset" ? "connecting under reset" : "connecting"));
  if (probe === undefined || isLinkGone(error) || !targetTrouble.test(error.code)) return;
  try {
    await probe.leaveDebug();
    await surveyTarget(recorder, probe, clock, {
      reset: mode.connect === "attach" ? "never" : "if-silent",
      thoroughWires: smellsOfWires(error, probe.badAnswers),
      ...(mode.frequency !== undefined && { frequency: mode.frequency }),
      ...(onStep !== undefined && { onStep }),
    });
  } catch (second) {
    if (!isProbityError(second)) throw second;
    if (!recorder.facts.some(({ kind, value }) => kind === "error-code" && value.code === second.code)) {
      recorder.add(...factsOfError(second, "looking for the cause"));
    }
  }
}
