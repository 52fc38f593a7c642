import { ProbityError } from "../../base/errors.ts";

/** Product generation: which USB speed, which clock tables, which version gates. */
export type Generation = "V2" | "V2-1" | "V3";

/** A firmware version taken apart: `V2J37M27`, `V3J8M3B1`. Parts that the name leaves out are 0. */
export interface FirmwareVersion {
  readonly text: string;
  /** Hardware generation as GET_VERSION reports it. */
  readonly hardware: 2 | 3;
  /** J: JTAG and SWD; the version that the command set goes by. */
  readonly jtag: number;
  /** S: SWIM. */
  readonly swim: number;
  /** M: mass storage and virtual COM port. */
  readonly massStorage: number;
  /** B: bridge. */
  readonly bridge: number;
}

/** Who a virtual probe claims to be: what its USB descriptors and version replies say. */
export interface VirtualProbeIdentity {
  readonly generation: Generation;
  readonly vendorId: number;
  readonly productId: number;
  readonly product: string;
  readonly firmware: FirmwareVersion;
  /** 24 upper-case hexadecimal digits. */
  readonly serial: string;
  /** Four characters of the mbed board id that GET_BOARD_IDENTIFIERS reports; empty for a stand-alone probe. */
  readonly boardId: string;
}

/** The probes that can be asked for by name. */
export type VirtualProbeKind = "v2" | "v2-1" | "v3" | "v3e";

interface Model {
  readonly generation: Generation;
  readonly productId: number;
  readonly product: string;
  readonly firmware: string;
  readonly serial: string;
}

const ST_VENDOR = 0x0483;

const models: Readonly<Record<VirtualProbeKind, Model>> = {
  v2: {
    generation: "V2",
    productId: 0x3748,
    product: "STM32 STLink",
    firmware: "V2J37S7",
    serial: "50524F424954590000000200",
  },
  "v2-1": {
    generation: "V2-1",
    productId: 0x374b,
    product: "STM32 STLink",
    firmware: "V2J37M27",
    serial: "50524F424954590000000201",
  },
  v3: {
    generation: "V3",
    productId: 0x374f,
    product: "STLINK-V3",
    firmware: "V3J8M3B1",
    serial: "50524F424954590000000300",
  },
  v3e: {
    generation: "V3",
    productId: 0x374e,
    product: "STLINK-V3",
    firmware: "V3J8M3",
    serial: "50524F424954590000000301",
  },
};

export const virtualProbeKinds = Object.keys(models) as readonly VirtualProbeKind[];

/**
 * The identity of a virtual probe. `firmware` and `serial` replace the model's own; rejects with
 * `probe-firmware-invalid` or `probe-serial-invalid`.
 */
export function virtualProbeIdentity(
  kind: VirtualProbeKind,
  options: { readonly firmware?: string; readonly serial?: string } = {},
): VirtualProbeIdentity {
  const model = models[kind];
  const firmware = parseFirmwareVersion(options.firmware ?? model.firmware);
  const hardware = model.generation === "V3" ? 3 : 2;
  if (firmware.hardware !== hardware) {
    throw new ProbityError(
      "probe-firmware-invalid",
      `Firmware ${firmware.text} does not run on an ST-LINK/${model.generation}.`,
      {
        facts: { firmware: firmware.text, probe: kind },
        remedy: [`Name a V${hardware} firmware such as ${model.firmware}, or choose another probe.`],
      },
    );
  }
  const serial = options.serial ?? model.serial;
  if (!/^[0-9A-F]{24}$/.test(serial)) {
    throw new ProbityError("probe-serial-invalid", `"${serial}" is no ST-LINK serial number.`, {
      facts: { serial },
      remedy: ["Give 24 upper-case hexadecimal digits."],
    });
  }
  return {
    generation: model.generation,
    vendorId: ST_VENDOR,
    productId: model.productId,
    product: model.product,
    firmware,
    serial,
    boardId: "",
  };
}

/** Takes a version apart as tools print it. Rejects with `probe-firmware-invalid` when it is not one. */
export function parseFirmwareVersion(text: string): FirmwareVersion {
  const match = /^V([23])J(\d{1,2})(?:M(\d{1,2}))?(?:S(\d{1,2}))?(?:B(\d{1,2}))?$/.exec(text);
  const part = (index: number): number => Number(match?.[index] ?? 0);
  // GET_VERSION has 6 bits for each part.
  if (match === null || part(2) === 0 || [2, 3, 4, 5].some((index) => part(index) > 63)) {
    throw new ProbityError("probe-firmware-invalid", `"${text}" is no ST-LINK firmware version.`, {
      facts: { firmware: text },
      remedy: ["Write it as ST's tools print it, for example V2J37S7, V2J37M27 or V3J8M3B1."],
    });
  }
  return {
    text,
    hardware: part(1) as 2 | 3,
    jtag: part(2),
    massStorage: part(3),
    swim: part(4),
    bridge: part(5),
  };
}
