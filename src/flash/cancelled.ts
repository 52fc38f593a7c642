import { ProbityError } from "../base/errors.ts";

/** Asked between two pieces of work on a memory: whether nobody waits for the rest any more. */
export type Cancelled = () => boolean;

/** The code of the error that ends work that was cancelled. */
export const CANCELLED = "flash-cancelled";

/** Ends work on a memory that was cancelled; what it did so far stays. */
export function flashCancelled(): ProbityError {
  return new ProbityError(CANCELLED, "Programming was ended before it was complete.", {
    remedy: ["Load the program again."],
  });
}
