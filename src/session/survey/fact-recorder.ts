import { isProbityError } from "../../base/errors.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../diagnose/facts.ts";
import { factsOfError } from "./error-facts.ts";

/** Collects facts while a target is opened or surveyed. */
export class FactRecorder {
  readonly #facts: Fact[] = [];

  get facts(): readonly Fact[] {
    return this.#facts;
  }

  /** Something that was read; `what` is how its user sees it: `DPIDR 0x1ba01477, at 4000 kHz`. */
  read<Kind extends FactKind>(kind: Kind, value: FactValues[Kind], what: string): void {
    this.add(fact(kind, value, { from: "target", what }) as Fact);
  }

  add(...facts: readonly Fact[]): void {
    this.#facts.push(...facts);
  }

  /**
   * Runs one step. What the target or probe refuses is recorded and resolves to `undefined`; only the end of the link, after
   * which no step can succeed, is thrown on.
   */
  async step<Result>(doing: string, run: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!isProbityError(error)) throw error;
      this.add(...factsOfError(error, doing));
      if (isLinkGone(error)) throw error;
      return undefined;
    }
  }
}

/** The probe itself is out of reach, or the recording that stands in its place says no more. */
export function isLinkGone(error: unknown): boolean {
  return isProbityError(error) && /^(link|replay)-/.test(error.code);
}
