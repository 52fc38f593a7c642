import { expect, it } from "vitest";
import { createRig, FLASH, noise } from "./rig.ts";

const image = noise(64 * 1024);
const changed = image.slice();
changed[30_000] ^= 1;

it("asks one word of each page before it compares, so that what is new costs no comparison", async () => {
  const rig = await createRig();
  await rig.programmer.program([{ address: FLASH, data: noise(64 * 1024, 8) }]);
  const plain = await rig.measure(() => rig.programmer.program([{ address: FLASH, data: noise(64 * 1024, 9) }]));
  const compared = await rig.measure(() =>
    rig.programmer.program([{ address: FLASH, data: image }], { incremental: true }),
  );
  expect(Buffer.compare(rig.flash(FLASH, image.length), image)).toBe(0);
  expect(compared.transfers).toBeLessThanOrEqual(plain.transfers + 2);
  expect(compared.milliseconds).toBeLessThan(plain.milliseconds + 10);
});

it("loads again in few transfers and without erasing, and one page more in few more", async () => {
  const rig = await createRig({ flash: [{ address: FLASH, data: image }] });
  const again = await rig.measure(() =>
    rig.programmer.program([{ address: FLASH, data: image }], { incremental: true }),
  );
  expect(again.result).toEqual({ pagesErased: 0, pagesSkipped: 64, bytesProgrammed: 0 });
  expect(again.transfers).toBeLessThanOrEqual(22);
  const page = await rig.measure(() =>
    rig.programmer.program([{ address: FLASH, data: changed }], { incremental: true }),
  );
  expect(page.result).toEqual({ pagesErased: 1, pagesSkipped: 63, bytesProgrammed: 1024 });
  expect(page.transfers).toBeLessThanOrEqual(29);
  expect(Buffer.compare(rig.flash(FLASH, changed.length), changed)).toBe(0);
});
