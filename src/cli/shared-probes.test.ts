import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import { openSimulated } from "../session/open-simulated.ts";
import type { OpenedLink } from "../session/opened-link.ts";
import { SharedProbes, type UsbProbes } from "./shared-probes.ts";

const [first, second, third] = ["A", "B", "C"].map((digit) => digit.repeat(24));

/** A USB bus on which probes come and go; one that is busy can't be opened. */
class Bus implements UsbProbes {
  plugged: { serial: string; name: string; unusable: string | undefined }[] = [];
  readonly busy = new Set<string>();
  opened: string[] = [];

  plug(serial: string, unusable?: string): void {
    this.plugged.push({ serial, name: "ST-LINK/V2", unusable });
  }

  async list(): Promise<typeof this.plugged> {
    return this.plugged;
  }

  async open(serial?: string): Promise<OpenedLink> {
    if (serial === undefined) throw new ProbityError("link-no-probe", "No ST-LINK is plugged in.");
    if (this.busy.has(serial)) throw new ProbityError("link-busy", "Another program holds the ST-LINK: openocd.");
    this.opened.push(serial);
    const keys = new Map([
      ["serial", serial],
      ["pace", "fast"],
    ]);
    return openSimulated({ kind: "sim", board: "bluepill", keys }, undefined);
  }
}

function made(): { bus: Bus; probes: SharedProbes; warnings: string[]; serials: () => string[] } {
  const bus = new Bus();
  const warnings: string[] = [];
  const probes = new SharedProbes({ error: (text) => warnings.push(text) }, bus);
  return { bus, probes, warnings, serials: () => probes.links.map(({ info }) => info.serial) };
}

describe("the probes of probity share", () => {
  it("usb is every probe that can be had; the others are named once", async () => {
    const { bus, probes, warnings, serials } = made();
    bus.plug(first);
    bus.plug(second, "it speaks another protocol");
    bus.plug(third);
    bus.busy.add(third);
    await probes.open(["usb"]);
    expect(serials()).toEqual([first]);
    expect(warnings).toEqual([
      `Warning: the ST-LINK ${second} is not shared. ST-LINK/V2: it speaks another protocol.\n`,
      `Warning: the ST-LINK ${third} is not shared. Another program holds the ST-LINK: openocd.\n`,
    ]);
    expect(await probes.discover()).toEqual([]);
    expect(warnings).toHaveLength(2);
    await probes.close();
  });

  it("one that is plugged in later, or free later, is found, once", async () => {
    const { bus, probes, serials } = made();
    bus.plug(first);
    bus.plug(third);
    bus.busy.add(third);
    await probes.open(["usb"]);
    bus.plug(second);
    expect((await probes.discover()).map(({ info }) => info.serial)).toEqual([second]);
    bus.busy.clear();
    expect((await probes.discover()).map(({ info }) => info.serial)).toEqual([third]);
    expect(await probes.discover()).toEqual([]);
    expect(serials()).toEqual([first, second, third]);
    expect(bus.opened).toEqual([first, second, third]);
    await probes.close();
  });

  it("of which none can be had is the error of opening one", async () => {
    const { bus, probes } = made();
    await expect(probes.open(["usb"])).rejects.toMatchObject({ code: "link-no-probe" });
    for (const serial of [first, second]) {
      bus.plug(serial);
      bus.busy.add(serial);
    }
    await expect(probes.open(["usb"])).rejects.toMatchObject({ code: "link-busy" });
  });

  it("that were named are all there will be", async () => {
    const { bus, probes, serials } = made();
    await probes.open(["sim:bluepill?pace=fast", "sim:bluepill?pace=fast"]);
    bus.plug(first);
    expect(await probes.discover()).toEqual([]);
    expect(serials()).toEqual(["50524F424954590000000201", "50524F424954590000000202"]);
    await probes.close();
  });
});
