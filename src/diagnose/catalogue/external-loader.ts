import type { FindingKind } from "./finding-kind.ts";

/** A chip that lacks the controller that a loader drives its memory through. */
function needs<const Code extends string>(code: Code, controller: string) {
  return {
    code,
    title: `The external loader needs ${controller}, which this chip lacks`,
    cause: "{lack}. {purpose} {outcome}",
    how: `The loader's name, its description or its code tell which memory of which board it is for and that this memory stands behind ${controller}; the device ID tells that no part of this chip's group has that controller. It is certain when the access that failed was seen; from a log, which shows only that Init() did not succeed, it is likely.`,
    remedy: [
      "If your board has external memory, choose a loader made for that board and chip; a board without any needs no loader.",
    ],
  } as const satisfies FindingKind;
}

/** External loaders: memory outside of the chip, and the files that drive it. */
export const externalLoader = [
  needs("loader-needs-fsmc", "FSMC"),
  needs("loader-needs-fmc", "FMC"),
  needs("loader-needs-quadspi", "QUADSPI"),
  needs("loader-needs-octospi", "OCTOSPI"),
  needs("loader-needs-xspi", "XSPI"),
  needs("loader-needs-hspi", "HSPI"),
  {
    code: "loader-other-family",
    title: "The external loader is for another STM32 family",
    cause: "{purpose} This chip is {chip}, where clocks and pins are at other addresses. {outcome}",
    how: "The board in the loader's name, or the addresses in its code, belong to another family than the device ID that was read.",
    remedy: [
      "If your board has external memory, choose a loader made for that board and chip; a board without any needs no loader.",
    ],
  },
  {
    code: "loader-other-chip",
    title: "The external loader is for another board",
    cause: "{purpose} This chip is {chip}, of the same family, so the loader is for another board. {outcome}",
    how: "The board in the loader's name carries another device of the family than the device ID that was read. A board of your own may be wired like that one: so it is not certain.",
    remedy: [
      "If your board has external memory, choose a loader made for that board and chip; a board without any needs no loader.",
    ],
  },
  {
    code: "loader-init-failed",
    title: "The external loader's Init() does not succeed",
    cause: "The session failed at the external loader {loader}, after the chip had been reached: {outcome}",
    variants: {
      unnamed:
        "The session failed at an external loader, after the chip had been reached: {outcome} Which loader that is, this text does not say.",
      fits: "{purpose} It may run on this chip, {chip}, but the session failed at it: {outcome} Either the board is not wired as the loader expects or the memory does not answer, or the server loaded it in a way that it can't stand (constants left out, a small stack, no interrupts for HAL_Delay()).",
    },
    how: "The server says that the external memory could not be initialised, and nothing that it had done before had failed. Why Init() failed is seen in its code and in the core's registers, which a log does not have.",
    remedy: [
      "Try without the loader: when the session then starts, the loader is the cause.",
      "Use the loader made for your board and chip.",
      "If the loader is your own: keep constants in the section of the code, do not wait for interrupts (HAL_Delay), and use little stack.",
    ],
  },
] as const satisfies readonly FindingKind[];
