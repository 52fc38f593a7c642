import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import { runGdbServer } from "../../src/cli/st-compat/gdbserver.ts";
import { holderOf } from "../../src/link/usb/holder.ts";
import { surroundings } from "../../src/link/usb/machine.ts";
import { openUsbLink } from "../../src/link/usb/open.ts";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { json, run } from "../verbs/bench.ts";
import { FakeBus, type Trouble } from "./fake-bus.ts";

const machine = vi.hoisted(() => ({ bus: undefined as FakeBus | undefined }));

vi.mock("../../src/link/usb/devices.ts", async (original) => ({
  ...(await original<object>()),
  machineBus: () => machine.bus?.devices() ?? Promise.resolve([]),
}));

const folder = mkdtempSync(join(tmpdir(), "probity-usb-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function busWith(productId?: number): FakeBus {
  const probe = new SimulatedProbe({ identity: virtualProbeIdentity("v2-1"), target: createBoard("bluepill").chip });
  return new FakeBus(probe, productId);
}

beforeEach(() => {
  machine.bus = busWith();
});

/** The start of a server that fails: its exit status and what it said. */
async function server(...words: string[]): Promise<{ status: number; out: string }> {
  let out = "";
  const terminal = {
    out: (text: string) => void (out += text),
    error: () => {},
    errorIsTerminal: false,
    onStop: () => {},
    exit: () => {},
  };
  const status = await runGdbServer("probity gdbserver", ["-d", "-p", "0", "--probe", "usb", ...words], terminal);
  return { status, out };
}

/** An error of the driver at one action, each time or (`times`) so often. */
const fails =
  (action: string, message: string, times = Number.POSITIVE_INFINITY): Trouble =>
  (now) =>
    now === action && times-- > 0 ? new Error(message) : undefined;

interface Case {
  readonly trouble?: Trouble;
  readonly bus?: () => FakeBus | undefined;
  readonly finding: string;
  readonly status: number;
  readonly cause: RegExp;
  readonly remedy: RegExp;
  readonly words?: readonly string[];
}

const noBus = "getDevices error: /sys/bus/usb/devices/ not found (errno 2)";
const cases: Readonly<Record<string, Case>> = {
  "no bus": {
    trouble: fails("list", noBus),
    finding: "probe-no-usb-bus",
    status: 20,
    cause: /This (machine|container|virtual machine) has no USB/,
    remedy: /--device \/dev\/bus\/usb/,
  },
  "no probe": {
    bus: () => undefined,
    finding: "probe-none",
    status: 20,
    cause: /No ST-LINK is found on USB/,
    remedy: /carries data/,
  },
  "another probe than the one that was asked for": {
    words: ["-i", "0123456789ABCDEF01234567"],
    finding: "probe-serial-missing",
    status: 17,
    cause: /No ST-LINK with serial number 0123456789ABCDEF01234567/,
    remedy: /probity probes/,
  },
  "no permission": {
    trouble: fails("open", "open error: permission denied (errno 13)"),
    finding: "probe-permission",
    status: 13,
    cause: /may not open it/,
    remedy: /sudo probity udev --install/,
  },
  busy: {
    trouble: fails("claim", "claimInterface error: interface is busy (errno 16)"),
    finding: "probe-busy",
    status: 1,
    cause: /Another program holds the ST-LINK/,
    remedy: /End the other one/,
  },
  "unplugged while it is opened": {
    trouble: fails("open", "open error: device disconnected"),
    finding: "probe-unplugged",
    status: 13,
    cause: /was unplugged/,
    remedy: /Plug it in again/,
  },
  "a node that is gone before it is opened": {
    trouble: fails("open", "open error: No such file or directory (errno 2)"),
    finding: "probe-unplugged",
    status: 13,
    cause: /was unplugged/,
    remedy: /Plug it in again/,
  },
  timeout: {
    trouble: fails("in", "transferIn error: Cancelled"),
    finding: "probe-usb-trouble",
    status: 13,
    cause: /did not answer within 3000 ms .*\[link-timeout\]/,
    remedy: /plug it in again/,
  },
  stall: {
    trouble: (action) => (action === "in" ? "stall" : undefined),
    finding: "probe-usb-trouble",
    status: 13,
    cause: /refused a transfer .*\[link-stall\]/,
    remedy: /plug it in again/,
  },
  "an error of another kind": {
    trouble: fails("out", "transferOut error: something odd (errno 5)"),
    finding: "probe-usb-trouble",
    status: 13,
    cause: /something odd/,
    remedy: /plug it in again/,
  },
  "a driver that can't be loaded": {
    trouble: (action) =>
      action === "list" ? new ProbityError("link-usb-unavailable", "The USB driver can't be loaded.") : undefined,
    finding: "probe-driver-missing",
    status: 13,
    cause: /driver is missing or can't be loaded/,
    remedy: /--omit=optional/,
  },
  "an ST-LINK/V1": {
    bus: () => busWith(0x3744),
    finding: "probe-unsupported",
    status: 6,
    cause: /ST-LINK\/V1 can't be used/,
    remedy: /Use an ST-LINK\/V2/,
  },
  "a probe in update mode": {
    bus: () => busWith(0x374d),
    finding: "probe-in-update-mode",
    status: 1,
    cause: /update mode and can't debug/,
    remedy: /STLinkUpgrade/,
  },
};

describe("a USB error is a finding", () => {
  it.each(Object.entries(cases))("%s", async (_, { trouble, bus, finding, status, cause, remedy, words = [] }) => {
    if (bus !== undefined) machine.bus = bus();
    if (trouble !== undefined && machine.bus !== undefined) machine.bus.trouble = trouble;
    const told = await server(...words);
    expect(told.status).toBe(status);
    expect(told.out).toContain(`[${finding}]`);
    expect(told.out.replaceAll(/\n {10}/g, " ")).toMatch(cause);
    expect(told.out.replaceAll(/\n {10}/g, " ")).toMatch(remedy);
    expect(machine.bus?.open ?? 0).toBe(0);
    if (words.length > 0) return;
    const { status: verb, document } = await json(["info", "--probe", "usb"]);
    expect(verb).toBe(1);
    expect(JSON.stringify(document)).toContain(`"code":"${finding}"`);
  });

  it("and a probe that is stuck at first is healed by a reset of its port", async () => {
    const { bus } = machine;
    if (bus === undefined) throw new Error("no bus");
    bus.trouble = fails("in", "transferIn error: Cancelled", 1);
    const { status, out } = await run(["info", "--probe", "usb"]);
    expect(out).toMatch(/STM32F10x/);
    expect(status).toBe(0);
    expect(bus.open).toBe(0);
  });
});

describe("who holds a probe", () => {
  const proc = (pid: number, name: string, file: string): void => {
    mkdirSync(join(folder, "proc", String(pid), "fd"), { recursive: true });
    writeFileSync(join(folder, "proc", String(pid), "comm"), `${name}\n`);
    symlinkSync(file, join(folder, "proc", String(pid), "fd", "7"));
  };
  proc(10, "bash", "/dev/tty");
  proc(11, "other", "/dev/bus/usb/001/012");
  proc(4242, "openocd", "/dev/bus/usb/001/001");
  // What ended meanwhile, or belongs to another user.
  mkdirSync(join(folder, "proc", "5000"));
  symlinkSync("nowhere", join(folder, "proc", "5001"));

  it("is told by name and number", async () => {
    const bus = busWith();
    bus.trouble = fails("claim", "claimInterface error: interface is busy (errno 16)");
    await expect(openUsbLink({ bus: bus.devices, root: folder })).rejects.toMatchObject({
      code: "link-busy",
      message: "Another program holds the ST-LINK: openocd (process 4242).",
      facts: { holder: "openocd (process 4242)" },
      remedy: expect.arrayContaining(["End openocd: kill 4242."]),
    });
  });

  it("is not guessed", () => {
    expect(holderOf({ bus: "1", address: 1 }, folder, 4242)).toBeUndefined();
    expect(holderOf({ bus: "2", address: 1 }, folder)).toBeUndefined();
    expect(holderOf({ address: 1 }, folder)).toBeUndefined();
    expect(holderOf({ bus: "001", address: 12 }, folder)).toEqual({ name: "other", pid: 11 });
    expect(holderOf({ bus: "1", address: 1 }, join(folder, "none"))).toBeUndefined();
  });
});

it("knows a container and a virtual machine by their marks", () => {
  const place = (name: string, path: string, text: string): string => {
    const root = join(folder, name);
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
    return root;
  };
  expect(surroundings(place("docker", ".dockerenv", ""))).toBe("container");
  expect(surroundings(place("lxc", "proc/1/cgroup", "0::/lxc/one\n"))).toBe("container");
  expect(surroundings(place("vm", "proc/cpuinfo", "flags\t\t: fpu hypervisor lahf\n"))).toBe("virtual machine");
  expect(surroundings(place("metal", "proc/cpuinfo", "flags\t\t: fpu vme\n"))).toBeUndefined();
});
