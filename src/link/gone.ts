import { isProbityError, type ProbityError } from "../base/errors.ts";

/** The probe, or the server in front of it: out of reach, but it may come back. */
const gone: ReadonlySet<string> = new Set([
  "link-unplugged",
  "link-server-absent",
  "link-server-unfit",
  "link-server-gone",
  "link-server-silent",
  "link-server-garbled",
]);

/** True for an error that says: what is at the end of this link is gone, and `Link.reopen` may find it again some time. */
export function isGone(error: unknown): error is ProbityError {
  return isProbityError(error) && gone.has(error.code);
}

/** True when it is the server that is gone: nothing is known of the probe behind it. */
export function isServerGone(error: unknown): error is ProbityError {
  return isGone(error) && error.code !== "link-unplugged";
}
