import { describe, expect, it } from "vitest";
import { listUsbProbes, type UsbDevice } from "./devices.ts";
import { openUsbLink } from "./open.ts";
import { serialText, usbProduct, usbProducts } from "./products.ts";

const serial = "066CFF495087534867163822";

/** A probe on a bus: records what is done to it, answers what it is given. */
function fakeDevice(options: { pid?: number; serial?: string; configuration?: number; replies?: Uint8Array[] } = {}) {
  const log: string[] = [];
  const replies = options.replies ?? [];
  const device: UsbDevice & { log: string[]; fail?: (what: string) => Error | undefined } = {
    log,
    vendorId: 0x0483,
    productId: options.pid ?? 0x374b,
    serialNumber: options.serial ?? serial,
    configuration: { configurationValue: options.configuration ?? 1 },
    open: async () => act("open"),
    close: async () => act("close"),
    reset: async () => act("reset"),
    selectConfiguration: async (value) => act(`configuration ${value}`),
    claimInterface: async (number) => act(`claim ${number}`),
    releaseInterface: async (number) => act(`release ${number}`),
    clearHalt: async (direction, endpoint) => act(`clear ${direction} ${endpoint}`),
    transferOut: async (endpoint, data) => {
      act(`out ${endpoint} ${data.length}:${data[0].toString(16)}`);
      return { status: "ok" };
    },
    transferIn: async (endpoint, length) => {
      act(`in ${endpoint} ${length}`);
      const bytes = replies.shift() ?? new Uint8Array(length);
      return { status: "ok", data: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    },
  };
  const act = (what: string): void => {
    log.push(what);
    const error = device.fail?.(what);
    if (error) throw error;
  };
  return device;
}

const opening = ["open", "claim 0", "out 1 16:f1", "in 1 6"];

describe("the table of USB products", () => {
  it("sends to endpoint 2 of V1 and V2 alone", () => {
    for (const { productId, out } of usbProducts)
      expect(out).toBe(productId === 0x3744 || productId === 0x3748 ? 2 : 1);
    expect(usbProduct(0x0483, 0x3748)).toMatchObject({ in: 1, trace: 3 });
    expect(usbProduct(0x0483, 0x5740)).toBeUndefined();
    expect(usbProduct(0x1234, 0x3748)).toBeUndefined();
    expect(usbProducts).toHaveLength(13);
  });

  it("reads both encodings of a serial number", () => {
    expect(serialText(serial.toLowerCase())).toBe(serial);
    const raw = [0x57, 0xff, 0x72, 0x06, 0x49, 0x87, 0x53, 0x48, 0x67, 0x16, 0x38, 0x22];
    expect(serialText(String.fromCharCode(...raw))).toBe("57FF72064987534867163822");
  });
});

describe("a link over USB", () => {
  it("lists nothing where there is no USB at all", async () => {
    const bus = async () => {
      throw new Error("getDevices error: /sys/bus/usb/devices/ not found (errno 2)");
    };
    expect(await listUsbProbes(bus)).toEqual([]);
    await expect(openUsbLink({ bus })).rejects.toMatchObject({ code: "link-no-usb" });
  });

  it("lists probes and nothing else", async () => {
    const other = { ...fakeDevice(), vendorId: 0x1d6b };
    expect(await listUsbProbes(async () => [other, fakeDevice(), fakeDevice({ pid: 0x374d })])).toMatchObject([
      { serial, productId: 0x374b, name: "ST-LINK/V2-1", unusable: undefined },
      { productId: 0x374d, unusable: expect.stringMatching(/update mode/) },
    ]);
  });

  it("opens, transfers, reads trace and closes", async () => {
    const device = fakeDevice({ replies: [new Uint8Array(6), Uint8Array.of(1, 0), Uint8Array.of(7, 8, 9)] });
    const link = await openUsbLink({ bus: async () => [device] });
    expect(link.info).toEqual({ name: `usb:${serial}`, vendorId: 0x0483, productId: 0x374b, serial });
    expect([...(await link.transfer(Uint8Array.of(0xf5), undefined, 2))]).toEqual([1, 0]);
    expect(await link.transfer(Uint8Array.of(0xf2, 8), new Uint8Array(4))).toHaveLength(0);
    expect([...(await link.readTrace(3))]).toEqual([7, 8, 9]);
    await link.close();
    expect(device.log).toEqual([
      ...opening,
      "out 1 16:f5",
      "in 1 2",
      "out 1 16:f2",
      "out 1 4:0",
      "in 2 3",
      "release 0",
      "close",
    ]);
  });

  it("selects the configuration only when it has to", async () => {
    const device = fakeDevice({ configuration: 0 });
    await openUsbLink({ bus: async () => [device] });
    expect(device.log.slice(0, 3)).toEqual(["open", "configuration 1", "claim 0"]);
  });

  it("resets the port once when the probe does not answer", async () => {
    const device = fakeDevice();
    let first = true;
    device.fail = (what) => {
      if (!what.startsWith("in 1 6") || !first) return undefined;
      first = false;
      return new Error("transferIn error: Cancelled");
    };
    await openUsbLink({ bus: async () => [device] });
    expect(device.log).toContain("reset");
    expect(device.log.filter((what) => what === "open")).toHaveLength(2);
  });

  it("takes a late answer out of the pipe before the next command", async () => {
    const device = fakeDevice();
    const link = await openUsbLink({ bus: async () => [device] });
    device.fail = (what) => (what === "in 1 2" ? new Error("transferIn error: Cancelled") : undefined);
    await expect(link.transfer(Uint8Array.of(0xf5), undefined, 2)).rejects.toMatchObject({ code: "link-timeout" });
    device.log.length = 0;
    let flushed = 0;
    device.fail = (what) => (what === "in 1 512" && flushed++ > 0 ? new Error("Cancelled") : undefined);
    await link.transfer(Uint8Array.of(0xf1), undefined, 6);
    expect(device.log).toEqual(["in 1 512", "in 1 512", "out 1 16:f1", "in 1 6"]);
  });

  it("chooses by serial number", async () => {
    const second = fakeDevice({ serial: "W\u00ffr\u0006I\u0087SHg\u00168\u0022", pid: 0x3748 });
    const bus = async () => [fakeDevice(), second];
    await expect(openUsbLink({ bus })).rejects.toMatchObject({ code: "link-several-probes" });
    await expect(openUsbLink({ bus, serial: "0".repeat(24) })).rejects.toMatchObject({ code: "link-serial-not-found" });
    expect((await openUsbLink({ bus, serial: "57ff72064987534867163822" })).info.productId).toBe(0x3748);
    expect((await openUsbLink({ bus, serial: second.serialNumber as string })).info.productId).toBe(0x3748);
  });

  it.each([
    [0x3744, "probe-v1-unsupported", /ST-LINK\/V1 can't be used: it is of the first generation/],
    [0x374d, "probe-in-bootloader", /update mode/],
    [0x3755, "probe-in-bootloader", /STLINK-V3PWR loader can't be used/],
  ])("refuses product %s without opening it", async (pid, code, message) => {
    const device = fakeDevice({ pid });
    await expect(openUsbLink({ bus: async () => [device] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      remedy: [expect.any(String), expect.any(String)],
    });
    expect(device.log).toEqual([]);
  });

  it.each([
    ["open error: Permission denied (errno 13)", "link-usb-permission"],
    ["claimInterface error: device is busy (errno 16)", "link-busy"],
    ["open error: device disconnected", "link-unplugged"],
    ["open error (errno 13)", "link-usb-permission"],
    ["claimInterface error (errno 16)", "link-busy"],
    ["open error (errno 19)", "link-unplugged"],
    ["open error (errno 110)", "link-timeout"],
    ["something odd", "link-usb-failed"],
  ])("maps “%s”", async (message, code) => {
    const device = fakeDevice();
    device.fail = () => new Error(message);
    await expect(openUsbLink({ bus: async () => [device] })).rejects.toMatchObject({
      code,
      facts: { system: message },
    });
  });
});
