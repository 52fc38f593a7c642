import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import type { UsbDevice } from "../../src/link/usb/devices.ts";
import { openShared, type SharableSpec } from "../../src/session/open-shared.ts";
import type { OpenedLink } from "../../src/session/opened-link.ts";
import { freePort } from "../support/server-process.ts";
import { pathOf } from "../verbs/bench.ts";

const machine = vi.hoisted(() => ({ devices: [] as UsbDevice[] }));

vi.mock("../../src/link/usb/devices.ts", async (original) => {
  const real = await original<typeof import("../../src/link/usb/devices.ts")>();
  return { ...real, listUsbProbes: () => real.listUsbProbes(async () => machine.devices) };
});

const device = (serial: string, productId = 0x374b) =>
  ({ vendorId: 0x0483, productId, serialNumber: serial }) as unknown as UsbDevice;
const A = "A".repeat(24);
const B = "B".repeat(24);

/** Stands for `probity`: notes its words, says something and ends with an error. */
const script = `
require("fs").appendFileSync(process.argv[1], process.argv.slice(2).join(" ") + "\\n");
console.error("\\nCause:    no such luck [as-told]");
process.exit(1);
`;

/** What is asked of a server that can't start, and how that ends. */
async function start(
  name: string,
  spec: SharableSpec,
  serial: string | undefined,
  direct: () => Promise<OpenedLink>,
): Promise<{ words: string[]; error: unknown; said: string[] }> {
  const notes = pathOf(name);
  writeFileSync(notes, "");
  const port = await freePort();
  const said: string[] = [];
  const choice = {
    port,
    program: [process.execPath, "-e", script, notes],
    say: (line: string) => void said.push(line),
  };
  const error = await openShared(spec, serial, choice, direct).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const words = readFileSync(notes, "utf8").replaceAll(String(port), "PORT").trimEnd().split("\n");
  return { words, error, said: said.map((line) => line.replaceAll(String(port), "PORT")) };
}

const works = async (): Promise<OpenedLink> =>
  ({ link: { close: async () => {} }, dispose: () => {} }) as unknown as OpenedLink;
const fails = async (): Promise<OpenedLink> => {
  throw new ProbityError("link-busy", "Another program holds the ST-LINK.");
};
const usual = "share --port PORT --until-unused";

describe("the server that -t starts", () => {
  it("has all ST-LINKs on USB that can be used, or the one that is wanted if that fails", async () => {
    machine.devices = [device(A), device(B), device("C".repeat(24), 0x3744)];
    const { words, error, said } = await start("two", { kind: "usb" }, B, fails);
    expect(words).toEqual([`${usual} --probe usb:${A} --probe usb:${B}`, `${usual} --probe usb:${B}`]);
    expect(error).toMatchObject({ code: "link-busy" });
    expect(said).toEqual(["Info : default port : PORT"]);
  });

  it("has the only one, whichever that is, and that on the command line", async () => {
    machine.devices = [device(A)];
    expect((await start("one", { kind: "usb" }, undefined, fails)).words).toEqual([`${usual} --probe usb`]);
    expect((await start("named", { kind: "usb", serial: A }, undefined, fails)).words).toEqual([
      `${usual} --probe usb:${A}`,
    ]);
  });

  it("has the board with what was said of it", async () => {
    const keys = new Map([
      ["elf", "a & b?.elf"],
      ["boot0", "1"],
    ]);
    const { words } = await start("sim", { kind: "sim", board: "bluepill", keys }, undefined, fails);
    expect(words).toEqual([`${usual} --probe sim:bluepill?elf=a%20%26%20b%3F.elf&boot0=1`]);
  });

  it("is named with its words when nothing else tells why it ended", async () => {
    const { error } = await start("odd", { kind: "sim", board: "bluepill", keys: new Map() }, undefined, works);
    expect(error).toMatchObject({
      code: "link-server-failed",
      message: "The server that was to share the probe ended: no such luck [as-told].",
      remedy: [
        expect.stringMatching(/^Start it by hand.*: probity share --port \d+ --until-unused --probe sim:bluepill$/),
        expect.anything(),
      ],
    });
  });

  it("is a program that exists", async () => {
    const choice = { port: await freePort(), program: ["/no/such/program"], say: () => {} };
    const opening = openShared({ kind: "usb" }, undefined, choice, works);
    await expect(opening).rejects.toMatchObject({
      code: "link-server-failed",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
