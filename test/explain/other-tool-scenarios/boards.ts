/** Failures of one kind of board or chip, as several tools tell them. */
import { nucleo, openocdExamined, openocdProbe, openocdStart, type Voice } from "../other-tool-logs.ts";
import { scenario, type ToolScenario } from "./scenario.ts";

/** What boards and chips do that a program of ST's shows as well. */
function programmerStart(v: Voice, board: string): string[] {
  return [
    "                       STM32CubeProgrammer v2.17.0                  ",
    `ST-LINK SN  : ${v.serial}`,
    "ST-LINK FW  : V3J13M4",
    `Board       : ${board}`,
    "Voltage     : 3.29V",
  ];
}

const noTarget =
  "Error: No STM32 target found! If your product embeds Debug Authentication, please perform a discovery using Debug Authentication";

export const boards: readonly ToolScenario[] = [
  scenario(
    "an H7A3 that does not answer",
    ["supply-configuration", "firmware-low-power"],
    (v) => [...programmerStart(v, "NUCLEO-H7A3ZI-Q"), noTarget],
    { row: 9 },
  ),
  scenario(
    "a chip that resets again and again",
    ["resets-again-and-again", "watchdog-resets"],
    (v) => [
      ...openocdStart(v, { target: "stm32h7x" }),
      ...openocdProbe(v),
      ...openocdExamined("stm32h7x"),
      ...Array.from({ length: 5 }, () => "Info : stm32h7x.cpu: external reset detected"),
    ],
    { row: 40, voice: nucleo },
  ),
  scenario(
    "a WB that is gone after its option bytes were written",
    ["option-bytes-wrong"],
    (v) => [
      ...programmerStart(v, "NUCLEO-WB55RG"),
      "Device ID   : 0x495",
      "Device name : STM32WB5x",
      "OPTION BYTE PROGRAMMING VERIFICATION:",
      "Option Bytes successfully programmed",
      ...programmerStart(v, "NUCLEO-WB55RG"),
      "Error: No STM32 target found!",
    ],
    { row: 41 },
  ),
  scenario(
    "a WBA whose boot jumper is wrong",
    ["board-jumpers-off"],
    (v) => [...programmerStart(v, "NUCLEO-WBA55CG"), noTarget],
    { row: 42 },
  ),
];
