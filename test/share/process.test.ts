import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { readU32 } from "../../src/base/bytes.ts";
import { listSharedProbes, openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { startProbity, startShare } from "./share-process.ts";
import { Client, littleEndian } from "./tcp-client.ts";

const program = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const DHCSR = 0xe000edf0;
const FP_CTRL = 0xe0002000;
const FP_COMP0 = 0xe0002008;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe("probity share as a process", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s ends it with 0, and leaves a halted target running", async (signal) => {
    // A second server in front of the first one sees what the first one's end left behind.
    const board = await startShare(["--probe", `sim:bluepill?elf=${program}`]);
    ends.push(() => board.stop());
    const share = await startShare(["--probe", `tcp:127.0.0.1:${board.port}`]);
    const client = await Client.opened(share.port);
    await client.enter();
    const debugWord = async (on: typeof client, address: number): Promise<number> =>
      readU32(Buffer.from((await on.read(`F2 36 ${littleEndian(address)}`, 8)).slice(8), "hex"), 0);
    const write = (address: number, value: number): Promise<string> =>
      client.read(`F2 35 ${littleEndian(address)} ${littleEndian(value)}`, 2);
    await write(FP_CTRL, 3);
    await write(FP_COMP0, 0x48000141); // a breakpoint, which without a debugger would be a fault
    await write(DHCSR, 0xa05f0003);
    expect((await debugWord(client, DHCSR)) & (1 << 17)).not.toBe(0);
    expect(await share.stop(signal), share.output()).toBe(0);
    expect(await client.client.end()).toBe(true);
    const after = await Client.opened(board.port);
    ends.push(() => after.close());
    expect(await after.read("F5", 2)).toBe("0100"); // out of debug mode
    await after.enter();
    expect((await debugWord(after, DHCSR)) & ((1 << 17) | 3)).toBe(0);
    expect((await debugWord(after, FP_CTRL)) & 1).toBe(0);
  });

  it("several probes, of which two are alike, each have a serial number of their own", async () => {
    const share = await startShare([
      "--probe",
      "sim:bluepill",
      "--probe",
      "sim:bluepill",
      "--probe",
      "sim:stm3210e-eval",
    ]);
    ends.push(() => share.stop());
    const serials = await listSharedProbes({ host: "127.0.0.1", port: share.port });
    expect(serials).toEqual(["1", "2", "3"].map((last) => `50524F42495459000000020${last}`));
    const sizes = [];
    for (const serial of serials) {
      expect(share.output()).toContain(serial);
      const link = await openStlinkServerLink({ host: "127.0.0.1", port: share.port, serial });
      const probe = await openStlinkProbe(link);
      await probe.enterDebug("swd");
      sizes.push(readU32(await probe.readMemory(0, 0x1ffff7e0, 4, 32), 0) & 0xffff);
      await probe.close();
    }
    expect(sizes).toEqual([64, 64, 512]);
    const twice = startProbity([
      ...["share", "--port", "0"],
      ...Array(2)
        .fill("--probe")
        .flatMap((word) => [word, "sim:bluepill?serial=AAAAAAAAAAAAAAAAAAAAAAAA"]),
    ]);
    expect(await twice.exited).toBe(1);
    expect(twice.output()).toContain("Two of the probes have the serial number");
  });

  it("names the program that has its port", async () => {
    const share = await startShare(["--probe", "sim:bluepill"]);
    ends.push(() => share.stop());
    const second = startProbity(["share", "--probe", "sim:bluepill", "--port", String(share.port)]);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`Port ${share.port} on 127.0.0.1 is taken by`);
    expect(second.output()).toContain(`(process ${share.child.pid})`);
    expect(second.output()).toContain(`--probe tcp:127.0.0.1:${share.port}`);
  });

  it("--until-unused ends it a few seconds after its last client, not before", async () => {
    const share = await startShare(["--probe", "sim:bluepill", "--until-unused"]);
    ends.push(() => share.stop("SIGKILL"));
    const [a, b] = [await Client.opened(share.port), await Client.opened(share.port)];
    a.close();
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await b.read("F5", 2)).toBe("0100");
    b.close();
    const closed = performance.now();
    expect(await share.exited).toBe(0);
    expect(performance.now() - closed).toBeGreaterThan(1500);
    expect(performance.now() - closed).toBeLessThan(10_000);
  });
});
