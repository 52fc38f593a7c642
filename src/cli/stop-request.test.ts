import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import { StopRequest } from "./stop-request.ts";
import type { StopSignal, Terminal } from "./terminal.ts";

function atTerminal(): { stop: StopRequest; press: (signal?: StopSignal) => void; said: string[]; exits: number[] } {
  let press: (signal?: StopSignal) => void = () => {};
  const said: string[] = [];
  const exits: number[] = [];
  const terminal: Terminal = {
    out: () => {},
    error: (text) => said.push(text),
    errorIsTerminal: false,
    onStop: (callback) => {
      press = callback;
    },
    exit: (status) => exits.push(status),
  };
  return { stop: new StopRequest(terminal), press: (signal) => press(signal), said, exits };
}

const forever = new Promise<never>(() => {});

describe("a wish to end", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s leaves work at once, with status %d", async (signal, status) => {
    const { stop, press, said } = atTerminal();
    const work = stop.orStop(forever);
    press(signal);
    await expect(work).rejects.toMatchObject({ code: "stopped", status });
    expect(said).toEqual([]);
  });

  it("waits for what must not be left half done, and leaves then", async () => {
    const { stop, press, said } = atTerminal();
    let finish = (): void => {};
    let done = false;
    const work = stop.orStop(
      (async () => {
        await stop.inOrder(() => new Promise<void>((resolve) => (finish = resolve)));
        done = true;
        await forever;
      })(),
    );
    press("SIGINT");
    const first = await Promise.race([
      work.catch(() => "left"),
      new Promise((resolve) => setTimeout(resolve, 20, "waits")),
    ]);
    expect([first, done, said.length]).toEqual(["waits", false, 1]);
    finish();
    await expect(work).rejects.toMatchObject({ code: "stopped" });
    expect(done).toBe(true);
  });

  it("lets work have its result that is complete with its last piece", async () => {
    const { stop, press } = atTerminal();
    const work = stop.orStop(
      stop.inOrder(async () => {
        press("SIGINT");
        return 5;
      }),
    );
    await expect(work).resolves.toBe(5);
  });

  it("ends the process when it comes a second time", () => {
    const { stop, press, exits } = atTerminal();
    void stop.inOrder(() => forever);
    press("SIGINT");
    expect(exits).toEqual([]);
    press("SIGINT");
    expect(exits).toEqual([130]);
  });

  it("tells how far the work came that looked at it", () => {
    const { stop, press } = atTerminal();
    const ended = new ProbityError("flash-cancelled", "Page 3 of 5.", { facts: { page: 3 }, remedy: ["Load again."] });
    expect(stop.asked()).toBe(false);
    expect(stop.stopped(ended)).toBeUndefined();
    press("SIGTERM");
    expect(stop.asked()).toBe(true);
    expect(stop.stopped(ended)).toMatchObject({ message: "Page 3 of 5.", facts: { page: 3 }, remedy: ["Load again."] });
  });
});
