import { shortChipName } from "../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../chips/table.ts";
import { FactSet } from "../fact-set.ts";
import type { ConnectManner, Fact, Stage } from "../facts.ts";

/** What the session was, as the log tells it; each absent when it does not. */
export interface SessionSummary {
  readonly probe?: string;
  readonly probeSerial?: string;
  readonly probeFirmware?: string;
  readonly volts?: number;
  readonly wireClockKhz?: number;
  readonly protocol?: "swd" | "jtag";
  readonly connect?: ConnectManner;
  readonly deviceId?: number;
  readonly chip?: string;
  readonly loader?: string;
  readonly options: readonly { readonly name: string; readonly value: string }[];
  /** The furthest that was reached, and what failed next, if that is told. */
  readonly reached?: Stage;
  readonly failedAt?: Stage;
}

const order: readonly Stage[] = [
  "started",
  "probe-opened",
  "target-connected",
  "identified",
  "loader-run",
  "server-ready",
  "client-connected",
  "erased",
  "programmed",
  "verified",
  "running",
];

/** The session of a log; of several, what was told last. */
export function summarise(facts: readonly Fact[]): SessionSummary {
  const set = new FactSet(facts);
  const id = set.last("device-id", (value) => value.id !== 0)?.value.id;
  const chip = id === undefined ? undefined : chipByDeviceId(id);
  const chipName = chip === undefined ? set.last("chip-name")?.value.name : shortChipName(chip);
  const options = new Map<string, string>();
  for (const { value } of set.all("option")) options.set(value.name, value.value);
  const swd = options.get("swd");
  const port = options.get("port");
  const protocol =
    set.last("wire-answer", (value) => value.protocol !== undefined)?.value.protocol ??
    (port === "swd" || swd === "true" ? "swd" : port === "jtag" || swd === "false" ? "jtag" : undefined);
  const manner: ConnectManner | undefined =
    options.get("initialize-reset") === "true"
      ? "under-reset"
      : options.get("attach") === "true"
        ? "attach"
        : set.last("wire-answer", (value) => value.manner !== undefined)?.value.manner;
  const reached = set
    .all("stage", (value) => value.reached)
    .reduce((best, { value }) => Math.max(best, order.indexOf(value.stage)), -1);
  const failedAt = set.last("stage", (value) => !value.reached)?.value.stage;
  const defined = <T extends object>(value: T): T =>
    Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
  return defined({
    probe: set.last("probe-kind")?.value.name,
    probeSerial: set.last("probe-serial")?.value.serial,
    probeFirmware: set.last("probe-firmware")?.value.text,
    volts: set.last("voltage")?.value.volts,
    wireClockKhz: set.last("wire-clock")?.value.khz,
    protocol,
    connect: manner,
    deviceId: id,
    chip: chipName,
    loader: set.last("loader")?.value.name,
    options: [...options].map(([name, value]) => ({ name, value })),
    reached: reached < 0 ? undefined : order[reached],
    failedAt,
  });
}
