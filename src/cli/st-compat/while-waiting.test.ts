import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sayWhileWaiting } from "./while-waiting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

it("says every three seconds what a long start is at, and stops with it", async () => {
  const said: string[] = [];
  const done = sayWhileWaiting(
    (line) => said.push(line),
    async (begins) => {
      await sleep(3500);
      begins("Run external memory initializer ");
      await sleep(3500);
      return 7;
    },
  );
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await done).toBe(7);
  expect(said).toEqual([
    "Still starting after 3 s; the last step: opening the probe",
    "Still starting after 6 s; the last step: Run external memory initializer",
  ]);
});

it("says nothing of a quick start, nor after one that failed", async () => {
  const said: string[] = [];
  const failed = sayWhileWaiting(
    (line) => said.push(line),
    () => Promise.reject(new Error("no")),
  );
  await expect(failed).rejects.toThrow("no");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(said).toEqual([]);
});
