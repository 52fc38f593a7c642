import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { LoaderFailure } from "../../diagnose/loader/loader-facts.ts";

/** What was read when a function of a loader failed; whoever knows the chip and the image adds the rest. */
export type CallFailure = Omit<LoaderFailure, "target" | "lineOf" | "needed">;

/** A function of a loader failed. The core is halted; {@link failure} holds what was read of it. */
export class LoaderFailed extends ProbityError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super("loader-failed", sentence(failure), {
      facts: {
        loader: failure.loader.fileName,
        function: failure.function,
        outcome: failure.outcome,
        ...(failure.returned !== undefined && { returned: failure.returned }),
        ...(failure.core !== undefined && { pc: failure.core.r[15], cfsr: failure.core.cfsr, hfsr: failure.core.hfsr }),
      },
      remedy: ["Check that the loader is the one for this board and memory."],
    });
    this.failure = failure;
  }
}

function sentence({ loader, function: name, outcome, returned, limit, core }: CallFailure): string {
  const call = `${name}() of the loader ${loader.fileName}`;
  const at = core === undefined ? "" : ` at ${hex32(core.frame?.pc ?? core.r[15])}`;
  switch (outcome) {
    case "returned":
      return `${call} reports failure: it returned ${hex32(returned ?? 0)}.`;
    case "faulted":
      return `${call} ran into a fault${at}.`;
    case "timed-out":
      return `${call} did not return within ${limit} ms; it was${at}.`;
    case "locked-up":
      return `${call} led the core into lockup.`;
    case "reset":
      return `The chip was reset while ${call} ran.`;
    case "vanished":
      return `The target no longer answered while ${call} ran.`;
    case "stopped-elsewhere":
      return `${call} stopped by itself${at}.`;
    case "not-started":
      return `The loader ${loader.fileName} does not fit into the RAM of this chip.`;
  }
}

export function isLoaderFailed(error: unknown): error is LoaderFailed {
  return error instanceof LoaderFailed;
}
