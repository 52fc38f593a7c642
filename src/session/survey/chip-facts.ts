import { hex, hex32 } from "../../base/bytes.ts";
import type { IdentifiedChip } from "../../stm32/identify.ts";
import type { FactRecorder } from "./fact-recorder.ts";

/**
 * Identifies the chip with `look` and records what that read. An id that is in no table is looked at twice: a garbled word
 * seldom comes back the same.
 */
export async function identifyAndRecord(
  recorder: FactRecorder,
  look: () => Promise<IdentifiedChip>,
  dpidr?: number,
): Promise<IdentifiedChip> {
  const first = await look();
  const chip = first.row === undefined ? await look() : first;
  recordChip(recorder, chip, dpidr, chip.deviceId === first.deviceId);
  return chip;
}

/** What identifying the chip has read, as facts; `confirmed`: twice the same. */
export function recordChip(recorder: FactRecorder, chip: IdentifiedChip, dpidr?: number, confirmed = false): void {
  if (dpidr !== undefined) recorder.read("idcode", { value: dpidr }, `DPIDR ${hex32(dpidr)}`);
  const { deviceId, revisionId, row } = chip;
  if (row === undefined || deviceId === undefined) {
    const note = chip.notes.find(({ code }) => code.startsWith("device-id"));
    const text = note?.text ?? "the chip could not be identified";
    const value = { ...(deviceId !== undefined && { id: deviceId }), ...(confirmed && { confirmed }) };
    recorder.read("chip-unidentified", value, confirmed ? `${text} A second look gave the same.` : text);
    return;
  }
  const revision = revisionId === undefined ? "" : `, REV_ID ${hex(revisionId, 4)}`;
  recorder.read(
    "device-id",
    { id: deviceId, ...(revisionId !== undefined && { revision: revisionId }) },
    `DBGMCU_IDCODE: device ID ${hex(deviceId, 3)}${revision} (${row.name})`,
  );
  recordGenuine(recorder, chip);
  const { state } = chip;
  const raw = state?.flashSizeRegister;
  if (raw !== undefined) {
    recorder.read(
      "flash-size",
      { kib: chip.flashBytes / 1024, raw },
      `flash size register ${hex(raw, 4)}${raw === 0xffff || row.flashSizeRegister?.unit !== "KiB" ? "" : ` (${raw} KiB)`}`,
    );
  }
  if (state?.readProtection !== undefined) {
    const { on, level, register } = state.readProtection;
    const what = `${register.name} ${hex32(register.value)}: read protection ${on ? "on" : "off"}`;
    recorder.read("read-protection", { on, ...(level !== undefined && { level }) }, what);
  }
  if (state?.writeProtection !== undefined) {
    const { addresses, register } = state.writeProtection;
    const what = `${register.name} ${hex32(register.value)}: ${addresses.length === 0 ? "no page" : "pages"} write-protected`;
    recorder.read("write-protection", { pages: addresses }, what);
  }
  if (state?.resetFlags !== undefined) {
    const { flags, register } = state.resetFlags;
    recorder.read(
      "reset-flags",
      { flags },
      `${register.name} ${hex32(register.value)}: ${flags.join(", ") || "no reset flag"}`,
    );
  }
  if (state?.vectorTable !== undefined && chip.readProtected !== true) {
    const { at, stackPointer, resetVector } = state.vectorTable;
    const what = `vector table at ${hex32(at)}: SP ${hex32(stackPointer)}, reset vector ${hex32(resetVector)}`;
    recorder.read("vector-table", state.vectorTable, what);
  }
}

function recordGenuine(recorder: FactRecorder, { genuine, romTable }: IdentifiedChip): void {
  const designer = romTable?.designer;
  if (designer !== undefined) {
    const what = `ROM table's designer: ${romTable?.designerName ?? "unknown"} (bank ${designer.bank}, code ${hex(designer.code, 2)})`;
    recorder.read("designer", designer, what);
  }
  if (genuine === undefined) return;
  const { verdict, maker, evidence } = genuine;
  recorder.read(
    "genuine",
    { verdict, ...(maker !== undefined && { maker }) },
    evidence.join(" ") || "every mark fits an original of ST's",
  );
}
