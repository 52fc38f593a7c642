import { isProbityError } from "../../base/errors.ts";
import type { OpenedSession } from "../../session/open-session.ts";
import { isLinkGone } from "../../session/survey/fact-recorder.ts";
import type { LiveDiagnosis, Told } from "../live-diagnosis.ts";
import type { LostTarget } from "./lost-target.ts";

/** At what something failed: programming, letting the core run, or any other step. */
export type Doing = "load" | "run" | "step";

const sources: Readonly<Record<Doing, string>> = {
  load: "STM32_Download",
  run: "Device_GetStatus",
  step: "handlePacket",
};

/** Says once for each failure of a session what ST's server would say, then what caused it. */
export class Failures {
  readonly #diagnosis: LiveDiagnosis;
  readonly #opened: OpenedSession;
  readonly #lost: LostTarget;
  readonly #tell: (lines: readonly string[], source: string) => void;
  readonly #explained = new WeakMap<object, Promise<unknown>>();

  constructor(
    diagnosis: LiveDiagnosis,
    opened: OpenedSession,
    lost: LostTarget,
    tell: (lines: readonly string[], source: string) => void,
  ) {
    this.#diagnosis = diagnosis;
    this.#opened = opened;
    this.#lost = lost;
    this.#tell = tell;
  }

  /** Resolves to what a debugger is told: an error that names the cause, or the same one. Never rejects. */
  explain(error: unknown, doing: Doing = "step"): Promise<unknown> {
    if (typeof error !== "object" || error === null) return Promise.resolve(error);
    let explained = this.#explained.get(error);
    if (explained === undefined) {
      explained = this.#explain(error, doing).catch(() => error);
      this.#explained.set(error, explained);
    }
    return explained;
  }

  async #explain(error: object, doing: Doing): Promise<unknown> {
    const gone = isLinkGone(error);
    const source = sources[doing];
    if (doing === "run") {
      // Without its probe a target can be asked as often as one likes.
      this.#tell([gone ? comms : "Target is not responding, retrying..."], source);
      if (!gone) this.#lost.begin();
    }
    const told = await this.#told(error, doing);
    if (told === undefined) return error;
    // The probe may have been found gone only while the cause was looked for.
    if (gone || isProbityError(told.error, "probe-unplugged")) this.#lost.end();
    const line = doing === "run" || told.lines.length === 0 ? undefined : linesOfSt(error);
    this.#tell([...(line === undefined ? [] : [line]), ...told.lines], source);
    return told.error;
  }

  #told(error: object, doing: Doing): Promise<Told | undefined> {
    const { session, clock } = this.#opened;
    if (doing === "run") return this.#diagnosis.lost(error, session, clock);
    const flashing =
      isProbityError(error) && /^(flash|algorithm)-/.test(error.code) && error.code !== "flash-cancelled";
    if (doing === "load" || flashing) return this.#diagnosis.loadFailed(error, session, clock);
    return this.#diagnosis.stepFailed(error, session, clock);
  }
}

const comms = "Target USB comms error";

/** The line that ST's server prints first, where it has one for a failure in mid-session. */
function linesOfSt(error: unknown): string | undefined {
  if (isLinkGone(error)) return comms;
  return isProbityError(error) && /^(swd|jtag|core)-/.test(error.code)
    ? "Error! Failed to read target status"
    : undefined;
}
