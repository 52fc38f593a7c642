import { expect, it } from "vitest";
import type { IdentifiedChip } from "../../stm32/identify.ts";
import { identifyAndRecord } from "./chip-facts.ts";
import { FactRecorder } from "./fact-recorder.ts";

/** A chip whose ID is in no table, as {@link identify} gives it. */
function unknown(deviceId: number): IdentifiedChip {
  const notes = [{ code: "device-id-unknown", text: "Device id is in no table." }] as const;
  return {
    row: undefined,
    name: "unknown Cortex-M3",
    deviceId,
    revisionId: 0,
    revision: undefined,
    flashBytes: 0,
    ramRegions: [],
    uid: undefined,
    readProtected: undefined,
    genuine: undefined,
    romTable: undefined,
    notes,
  };
}

async function recorded(...ids: number[]) {
  const recorder = new FactRecorder();
  const looks = ids.map(unknown);
  await identifyAndRecord(recorder, async () => looks.shift() as IdentifiedChip);
  return recorder.facts.map(({ kind, value }) => ({ kind, value }));
}

it("an ID that is in no table is confirmed when a second look gives the same", async () => {
  expect(await recorded(0x7ff, 0x7ff)).toEqual([{ kind: "chip-unidentified", value: { id: 0x7ff, confirmed: true } }]);
  expect(await recorded(0x7ff, 0x7fe)).toEqual([{ kind: "chip-unidentified", value: { id: 0x7fe } }]);
});
