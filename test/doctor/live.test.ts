import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { runGdbServer } from "../../src/cli/st-compat/gdbserver.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { RspClient } from "../gdb/rsp-client.ts";
import { freePort } from "../support/server-process.ts";

/** A server with a debugger at it, in this process. */
interface Live {
  readonly client: RspClient;
  output(): string;
  errors(): string;
  /** Resolves once the output matches. */
  until(pattern: RegExp, milliseconds?: number): Promise<void>;
  findings(): { moment: string; findings: Finding[] }[];
  end(): Promise<number>;
}

let live: Live | undefined;
afterEach(async () => {
  await live?.end();
  live = undefined;
});

async function start(probe: string, ...words: readonly string[]): Promise<Live> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "probity-live-"));
  const file = join(folder, "findings.jsonl");
  let out = "";
  let error = "";
  let stop = (): void => {};
  let look = (): void => {};
  const terminal = {
    out: (text: string) => {
      out += text;
      look();
    },
    error: (text: string) => {
      error += text;
    },
    errorIsTerminal: false,
    onStop: (callback: () => void) => {
      stop = callback;
    },
    exit: () => {},
  };
  const until = (pattern: RegExp, milliseconds = 10_000): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} did not come; there is:\n${out}`)), milliseconds);
      look = () => {
        if (!pattern.test(out)) return;
        clearTimeout(timer);
        look = () => {};
        resolve();
      };
      look();
    });
  const options = ["-p", String(port), "-d", "--findings-json", file, "--probe", probe, ...words];
  const ended = runGdbServer("probity gdbserver", options, terminal);
  await until(/Attach with/);
  const client = await RspClient.connect(port);
  return {
    client,
    output: () => out,
    errors: () => error,
    until,
    findings: () =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { moment: string; findings: Finding[] }),
    end: async () => {
      client.close();
      stop();
      const status = await ended;
      rmSync(folder, { recursive: true, force: true });
      return status;
    },
  };
}

/** GDB's load of one piece at the start of flash. */
async function load({ client }: Live, bytes: Uint8Array): Promise<string[]> {
  const replies = [await client.ask("vFlashErase:08000000,400")];
  replies.push(await client.ask(Buffer.concat([Buffer.from("vFlashWrite:08000000:"), bytes])));
  client.send("vFlashDone");
  return [...replies, await client.next(20_000)];
}

describe("a target that is lost while its program runs", () => {
  it("by SWD that is switched off: the cause, under ST's line, and the server lives on", async () => {
    live = await start("sim:bluepill?pace=fast&fault=swd-off", "-k");
    expect(live.output()).not.toMatch(/Warning|Cause/);
    await live.client.ask("?");
    live.client.send("vCont;c");
    await live.until(/^Target is not responding, retrying\.\.\.\n(.*\n)*?Cause: .*\n.*\[firmware-disables-swd\]/m);
    const [{ moment, findings }] = live.findings();
    expect(moment).toBe("run");
    expect(findings[0]).toMatchObject({ code: "firmware-disables-swd", certainty: "likely" });
    // The server was started with -k.
    expect(findings[0].remedy.join()).not.toMatch(/^Connect under reset|gdbserver -k/);
    // The debug clocks are kept on by the server, so that sleep is no explanation.
    expect(findings.map(({ code }) => code)).not.toContain("firmware-low-power");
    expect(live.output()).not.toMatch(/Exit\./);
  });
});

describe("a program that ran into a fault", () => {
  it("is explained when it is halted in the handler, once", async () => {
    live = await start("sim:bluepill?pace=fast&fault=bus-fault");
    await live.client.ask("?");
    for (let times = 0; times < 2; times++) {
      live.client.send("vCont;c");
      await new Promise((resolve) => setTimeout(resolve, 100));
      live.client.raw(Uint8Array.of(3));
      await live.client.next();
      await live.until(/^Cause: {4}The program ran into a HardFault at 0x[0-9a-f]{8}\. PRECISERR/m);
    }
    expect(live.findings()).toMatchObject([
      { moment: "run", findings: [{ code: "firmware-faults", certainty: "certain" }] },
    ]);
  });
});

/** It dips while something is erased: there has to be something. */
const dipping = `sim:bluepill?pace=fast&fault=brown-out&elf=${fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url))}`;

describe("a load", () => {
  it("of an image without a vector table is warned of, once, and done", async () => {
    live = await start("sim:bluepill?pace=fast");
    expect(await load(live, new Uint8Array(1024))).toEqual(["OK", "OK", "OK"]);
    const warning = /^Warning: The image has no sane vector table/m;
    expect(live.output()).toMatch(warning);
    expect(live.findings()).toMatchObject([{ moment: "load", findings: [{ code: "vector-table-empty" }] }]);
  });

  it("of a sane image is not", async () => {
    live = await start("sim:bluepill?pace=fast");
    const image = new Uint8Array(1024);
    image.set([0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7]);
    expect(await load(live, image)).toEqual(["OK", "OK", "OK"]);
    expect(live.findings()).toEqual([]);
    expect(live.output()).not.toMatch(/Warning|Cause/);
  });

  it("that fails because the supply dips says so", async () => {
    live = await start(dipping);
    const image = new Uint8Array(1024).fill(1);
    image.set([0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08]);
    const replies = await load(live, image);
    expect(replies[2]).toMatch(/^E/);
    await live.until(/\[supply-dips\]/);
    expect(live.findings()[0]).toMatchObject({ moment: "load", findings: [{ code: "supply-dips" }] });
  });

  it("into write-protected pages is warned of before, and explained after", async () => {
    live = await start("sim:bluepill?pace=fast&fault=write-protected");
    expect(live.output()).toMatch(/^Warning: Write protection is on/m);
    const image = new Uint8Array(1024).fill(1);
    image.set([0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08]);
    await load(live, image);
    await live.until(/^Cause: {4}Flash refuses the write because it is write-protected/m);
  });
});

describe("a probe that is unplugged in the middle of a session", () => {
  const text = (payload: string): string => Buffer.from(payload.slice(1), "hex").toString("utf8");

  /** Packets until the probe is gone: each has to be answered. */
  async function askUntilGone({ client }: Live): Promise<void> {
    for (let times = 0; times < 1000; times++) {
      if ((await client.ask(`M20000000,1:${(times & 0xff).toString(16).padStart(2, "0")}`)).startsWith("E")) return;
    }
    throw new Error("the probe did not go");
  }

  it.each([
    "monitor reset",
    "monitor halt",
    "vCont;s",
    "vCont;c",
    "m20000000,4",
    "M20000000,1:00",
    "g",
    "P0=00000000",
    "vFlashDone",
    "?",
    "D",
  ])("is found at %s: ST's line, then the finding, once, and an answer", async (packet) => {
    live = await start("sim:bluepill?pace=fast&fault=probe-unplugged&unplug-after=1000", "-e");
    await live.client.ask("?");
    await askUntilGone(live);
    if (packet.startsWith("monitor ")) {
      const { reply, text: said } = await live.client.monitor(packet.slice(8));
      expect(reply).toMatch(/^E|^OK/);
      if (reply.startsWith("E")) expect(said).toMatch(/^The ST-LINK was unplugged/m);
    } else {
      live.client.send(packet);
      let reply = await live.client.next();
      while (/^O[0-9a-f]+$/.test(reply)) {
        expect(text(reply)).toMatch(/The ST-LINK was unplugged/);
        reply = await live.client.next();
      }
      expect(reply).not.toBe("");
    }
    expect(live.output()).toMatch(/^Target USB comms error\nCause: {4}The ST-LINK was unplugged/m);
    expect(live.output().match(/Cause:|Target USB comms error|same as before/g)).toHaveLength(2);
    expect(live.findings()).toMatchObject([{ moment: "run", findings: [{ code: "probe-unplugged" }] }]);
  });

  it.each(["monitor reset", "vCont;s", "M20000000,1:00", "D"])(
    "is found when %s is the first to meet it",
    async (packet) => {
      live = await start("sim:bluepill?pace=fast&fault=probe-unplugged&unplug-after=1000", "-e");
      await live.client.ask("?");
      for (let times = 0; times < 1000 && live.findings().length === 0; times++) {
        if (packet.startsWith("monitor ")) await live.client.monitor(packet.slice(8));
        else {
          live.client.send(packet);
          while (/^O[0-9a-f]+$/.test(await live.client.next()));
          if (packet === "D") await live.client.ask("vAttach;1");
        }
      }
      await live.until(/^Target USB comms error\nCause: {4}The ST-LINK was unplugged/m);
      expect(live.findings()).toHaveLength(1);
    },
  );

  it("ends the waiting, and what GDB waits for, while the program runs", async () => {
    live = await start("sim:bluepill?pace=fast&fault=probe-unplugged&unplug-after=500", "-e");
    await live.client.ask("?");
    live.client.send("vCont;c");
    await live.until(/^Target USB comms error\nCause: {4}The ST-LINK was unplugged/m);
    expect(live.output()).not.toMatch(/retrying/);
    await new Promise((resolve) => setTimeout(resolve, 5500));
    expect(live.errors()).not.toMatch(/Still no answer/);
  }, 20_000);
});

describe("a load that fails the same way again", () => {
  it("is told in full once; GDB hears the cause, and nothing that contradicts it", async () => {
    live = await start(dipping, "-k");
    const image = new Uint8Array(1024).fill(1);
    image.set([0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08]);
    const replies = await load(live, image);
    expect(replies[2]).toMatch(/^E\.supply-dips\.The (target's )?supply broke down/);
    // The page that was being erased is blank now; the next one is not.
    const longer = new Uint8Array(2048).fill(1);
    longer.set(image);
    expect((await load(live, longer))[2]).toMatch(/^E\.supply-dips\./);
    await live.until(/^The same as before: .*\[supply-dips\]; see above\.$/m);
    expect(live.output().match(/^Cause:/gm)).toHaveLength(1);
    const said = live.client.received + live.output();
    expect(said).not.toMatch(/Shorten the wires|[Cc]onnect under reset/);
  });
});

describe("what a start that failed says", () => {
  it("keeps ST's lines in order, and talks on stderr while it looks", async () => {
    let out = "";
    let error = "";
    const status = await runGdbServer(
      "probity gdbserver",
      ["-p", "0", "-d", "--probe", "sim:bluepill?pace=fast&fault=no-power"],
      {
        out: (text) => {
          out += text;
        },
        error: (text) => {
          error += text;
        },
        errorIsTerminal: false,
        onStop: () => {},
        exit: () => {},
      },
    );
    expect(status).toBe(4);
    expect(out).toMatch(
      /Target no device found\n\nError in initializing ST-LINK device\.\nReason: No device found on target\.\nCause: {4}The target has no power/,
    );
    expect(out.split("\n").length).toBeLessThan(40);
    expect(error).toMatch(/^Looking for the cause: connecting under reset\.\.\.$/m);
  });
});
