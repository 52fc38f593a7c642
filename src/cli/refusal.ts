import { isProbityError, ProbityError } from "../base/errors.ts";

/**
 * What was asked for makes no sense on this target, or a comparison came out as it did: the error says all there is to say,
 * and no cause is looked for behind it.
 */
export class Refusal extends ProbityError {}

/** Whether an error says all itself: a {@link Refusal}, the session's word on an image that does not fit, or a replay's. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Refusal || (isProbityError(error) && /^(flash-image|replay)-/.test(error.code));
}
