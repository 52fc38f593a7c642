import { expect, it, vi } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import type { Link } from "../../src/link/link.ts";
import { createBoard } from "../../src/sim/boards/boards.ts";
import { virtualProbeIdentity } from "../../src/sim/probe/identity.ts";
import { SimulatedProbe } from "../../src/sim/simulated-probe.ts";
import { json, run } from "./bench.ts";

const serials = { good: "A".repeat(24), busy: "B".repeat(24), closed: "C".repeat(24), old: "D".repeat(24) };
const opened: string[] = [];

/** The bus has four probes: one on a Nucleo board, one that is held, one without permission, and an ST-LINK/V1. */
vi.mock("../../src/link/usb/devices.ts", async (original) => ({
  ...(await original<object>()),
  listUsbProbes: async () => [
    { serial: serials.good, vendorId: 0x0483, productId: 0x374b, name: "ST-LINK/V2-1", unusable: undefined },
    { serial: serials.busy, vendorId: 0x0483, productId: 0x3748, name: "ST-LINK/V2", unusable: undefined },
    { serial: serials.closed, vendorId: 0x0483, productId: 0x374f, name: "STLINK-V3", unusable: undefined },
    { serial: serials.old, vendorId: 0x0483, productId: 0x3744, name: "ST-LINK/V1", unusable: "it is too old" },
  ],
}));

vi.mock("../../src/link/usb/open.ts", () => ({
  openUsbLink: async ({ serial = "" }: { serial?: string }): Promise<Link> => {
    opened.push(serial);
    if (serial === serials.busy) throw new ProbityError("link-busy", "It is held.", { remedy: ["End the other."] });
    if (serial === serials.closed) throw new ProbityError("link-usb-permission", "No right.", { remedy: ["udev"] });
    const identity = { ...virtualProbeIdentity("v2-1", { serial }), boardId: "0700" };
    return new SimulatedProbe({ identity, target: createBoard("bluepill").chip }).asLink();
  },
}));

it("asks each probe that may be asked, and says of the others why not", async () => {
  const { status, document } = await json(["probes"]);
  expect(status).toBe(0);
  expect(document).toEqual([
    {
      serial: serials.good,
      vendorId: 0x0483,
      productId: 0x374b,
      name: "ST-LINK/V2-1",
      probe: `usb:${serials.good}`,
      state: "ready",
      firmware: "V2J37M27",
      volts: 3.3,
      board: "NUCLEO-F103RB",
    },
    expect.objectContaining({ serial: serials.busy, state: "busy", code: "link-busy", unusable: "It is held." }),
    expect.objectContaining({ serial: serials.closed, state: "no-permission", code: "link-usb-permission" }),
    expect.objectContaining({ serial: serials.old, state: "unusable", unusable: "it is too old" }),
  ]);
  expect(opened).toEqual([serials.good, serials.busy, serials.closed]);
});

it("says it in lines, and of one probe alone when it is named", async () => {
  const { out } = await run(["probes"]);
  expect(out).toContain(`usb:${serials.good}  ST-LINK/V2-1  V2J37M27  NUCLEO-F103RB  3.30 V\n`);
  expect(out).toContain(`usb:${serials.closed}  STLINK-V3  (No right)\n    udev\n`);
  const one = await run(["probes", "--probe", `usb:${serials.busy}`]);
  expect(one.out).toBe(`usb:${serials.busy}  ST-LINK/V2  (It is held)\n    End the other.\n`);
});
