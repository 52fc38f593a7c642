import { ProbityError } from "../../src/base/errors.ts";

/** The ProbityError that `run` throws; anything else fails the test. */
export function failureOf(run: () => unknown): ProbityError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProbityError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
