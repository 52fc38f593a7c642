import { describe, expect, it } from "vitest";
import { boardInName, chipsOfPart } from "./boards.ts";
import { chips } from "./table.ts";

describe("the board that a name speaks of", () => {
  it.each([
    ["MT25QL512A_STM32469I-EVAL", "STM32469I-EVAL", "STM32F469NI", [0x434]],
    ["MX25R6435F_STM32L496G-DISCO.stldr", "STM32L496G-DISCO", "STM32L496", [0x461]],
    ["MX25LM51245G_STM32H7B3I-EVAL", "STM32H7B3I-EVAL", "STM32H7B3", [0x480]],
    ["N25Q128A_STM32F7508-DISCO", "STM32F7508-DISCO", "STM32F750", [0x449]],
    ["512W3A_STM3210E-EVAL.stldr", "STM3210E-EVAL", "STM32F103ZE/ZG", [0x414, 0x430]],
    ["M29W128G_STM3210C-EVAL", "STM3210C-EVAL", "STM32F107VC", [0x418]],
    ["S29GL128P_STM3220G-EVAL", "STM3220G-EVAL", "STM32F207IG", [0x411]],
    ["IS61WV_STM3240G-EVAL", "STM3240G-EVAL", "STM32F407IG", [0x413]],
    ["M29_STM32L152D-EVAL", "STM32L152D-EVAL", "STM32L152ZD", [0x436]],
    ["M29_STM32429I-EVAL1", "STM32429I-EVAL1", "STM32F427/429", [0x419]],
    ["MT25TL01G_STM32H750B-DISCO", "STM32H750B-DISCO", "STM32H750", [0x450]],
    ["MX66UW1G45G_STM32H7S78-DK", "STM32H7S78-DK", "STM32H7S7", [0x485]],
    ["MX66UW1G45G_STM32N6570-DK", "STM32N6570-DK", "STM32N657", [0x486]],
  ])("%s", (name, board, part, ids) => {
    const found = boardInName(name);
    expect(found).toMatchObject({ name: board, kind: "board", part });
    expect(found?.chips.map(({ deviceId }) => deviceId)).toEqual(ids);
  });

  it.each([
    ["W25Q64_STM32F103C8", "STM32F103C8", [0x410]],
    ["w25q stm32f411", "STM32F411", [0x431]],
    ["CLIVEONE-W25Q128_STM32H7AX-PB2-PC11", "STM32H7", [0x480]],
    ["MX25_STM32U585I-IOT02A", "STM32U585", [0x482]],
    ["M29W128G_STM32F4xx", "STM32F4", []],
  ])("%s names a part", (name, part, ids) => {
    const found = boardInName(name);
    expect(found).toMatchObject({ kind: "part", part });
    expect(found?.chips.map(({ deviceId }) => deviceId)).toEqual(ids);
  });

  it("is none where no name speaks of one", () => {
    for (const name of ["", "W25Q128", "custom_NOR", "RETURNS-0_IMAGINARY-BOARD", "STM", "32"]) {
      expect(boardInName(name), name).toBeUndefined();
    }
  });
});

describe("the rows of a part", () => {
  it.each([
    ["STM32F103C8T6", [0x410]],
    ["STM32F103ZE", [0x414]],
    ["STM32F103ZG", [0x430]],
    ["STM32F103C6", [0x412]],
    ["STM32F100ZE", [0x428]],
    ["STM32F446RE", [0x421]],
    ["STM32F746NG", [0x449]],
    ["STM32L476RG", [0x415]],
    ["STM32G474RE", [0x469]],
    ["STM32WB55RG", [0x495]],
    ["STM32X999", []],
  ])("%s", (part, ids) => {
    expect(chipsOfPart(part).map(({ deviceId }) => deviceId)).toEqual(ids);
  });

  it("are reached for every chip by some part", () => {
    const tried = [
      "F0",
      "F1",
      "F2",
      "F3",
      "F4",
      "F7",
      "L0",
      "L1",
      "L4",
      "L5",
      "G0",
      "G4",
      "H5",
      "H7",
      "U0",
      "U3",
      "U5",
    ];
    const letters = [..."0123456789ABCDEFGQRSXP"];
    const reached = new Set(
      tried.flatMap((family) =>
        letters.flatMap((a) => letters.flatMap((b) => chipsOfPart(`STM32${family}${a}${b}`).map((c) => c.deviceId))),
      ),
    );
    for (const letter of "4678BCDEFG") {
      for (const line of ["F103", "F100", "F303", "F302", "F401", "F030", "F070"]) {
        for (const { deviceId } of chipsOfPart(`STM32${line}R${letter}`)) reached.add(deviceId);
      }
    }
    const families = new Set(tried.map((family) => `STM32${family}`));
    const missed = chips.filter(({ family, deviceId }) => families.has(family) && !reached.has(deviceId));
    expect(missed.map(({ name }) => name)).toEqual([]);
  });
});
