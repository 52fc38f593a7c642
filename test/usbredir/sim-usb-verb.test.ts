import { expect, it } from "vitest";
import type { Terminal } from "../../src/cli/terminal.ts";
import { runVerb } from "../../src/cli/verbs.ts";
import { GuestClient } from "./guest-client.ts";

/** Runs `probity sim usb` until `use` is done with it. */
async function run(words: readonly string[], use: (port: number, type: (line: string) => void) => Promise<void>) {
  let output = "";
  let errors = "";
  let stop = (): void => {};
  let ready = (): void => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const waiting: ((line: string) => void)[] = [];
  const terminal: Terminal = {
    out: (text) => {
      output += text;
    },
    error: (text) => {
      errors += text;
    },
    errorIsTerminal: false,
    readLine: () => new Promise((resolve) => waiting.push(resolve)),
    onStop: (callback) => {
      stop = callback;
      ready();
    },
    exit: () => {},
  };
  const ended = runVerb(["sim", "usb", ...words], terminal);
  await Promise.race([isReady, ended]);
  const port = Number(/usbredir on 127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  if (Number.isFinite(port)) await use(port, (line) => waiting.shift()?.(line));
  stop();
  return { status: await ended, output, errors };
}

it("serves the product asked for, says how to use it, and moves the cable", async () => {
  const { status, output } = await run(["--port", "0", "--pid", "374E", "--uart", "usart2"], async (port, type) => {
    const guest = await GuestClient.attach(port);
    expect((await guest.control(0x80, 6, 0x0100, 0, 18)).data.readUInt16LE(10)).toBe(0x374e);
    type("unplug");
    await guest.event(2);
    type("replug");
    await guest.event(1);
    guest.close();
  });
  expect(status).toBe(0);
  expect(output).toContain("USB 0483:374e STLINK-V3");
  expect(output).toMatch(/-chardev socket,id=stlink,host=127\.0\.0\.1,port=\d+,reconnect=1/);
  expect(output).toContain("Virtual COM port: usart2");
});

it.each([
  [["--pid", "3744"], "Give one of: 3748, 374b, 374e, 374f."],
  [["--pid", "3748", "--probe", "sim:bluepill?probe=v3"], "--pid 3748 is a probe=v2"],
  [["--probe", "usb"], "is no virtual probe"],
  [["--port", "0", "--uart", "usart9"], 'no UART called "usart9"'],
])("refuses %j", async (words, text) => {
  const { status, errors } = await run(words, async () => {});
  expect(status).toBe(1);
  expect(errors).toContain(text);
});
