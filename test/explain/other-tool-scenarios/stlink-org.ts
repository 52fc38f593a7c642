/** Failures as st-util, st-flash and st-info tell them. */
import { stFlash, stFlashErased, stFlashF1 } from "../other-tool-logs.ts";
import { scenario, silent, type ToolScenario } from "./scenario.ts";

export const stlinkOrg: readonly ToolScenario[] = [
  scenario(
    "st-flash 1.4, id not read",
    ["chip-unknown", ...silent],
    () => [
      "st-flash 1.4.0",
      "2018-02-18T15:12:37 INFO src/common.c: Loading device parameters....",
      "2018-02-18T15:12:37 WARN src/common.c: unknown chip id! 0xe0042000",
    ],
    { row: 5 },
  ),
  scenario(
    "st-flash 1.6, id is the probe's",
    silent,
    (v) => [
      ...stFlash(v, "1.6.1"),
      "2024-05-06T07:08:09 WARN common.c: unknown chip id! 0x3748",
      "Failed to connect to target",
    ],
    { row: 5 },
  ),
  scenario(
    "st-flash 1.7, silent",
    silent,
    (v) => [...stFlash(v), "Failed to enter SWD mode", "Failed to connect to target"],
    { row: 5 },
  ),
  scenario("st-info, silent", silent, (v) => [
    "$ st-info --probe",
    "Failed to enter SWD mode",
    "Found 1 stlink programmers",
    `  version:    ${v.firmware}`,
    `  serial:     ${v.serial}`,
    "  flash:      0 (pagesize: 0)",
    "  sram:       0",
    "  chipid:     0x000",
    "  dev-type:   unknown",
  ]),
  scenario("st-info, no probe", ["probe-none"], () => ["$ st-info --probe", "Found 0 stlink programmers"], { row: 29 }),
  scenario("st-flash, no probe", ["probe-none"], (v) => [...stFlash(v, "1.8.0"), "Couldn't find any ST-Link devices"], {
    row: 29,
  }),
  scenario(
    "st-flash, no permission",
    ["probe-permission"],
    (v) => [
      ...stFlash(v),
      "2023-03-01T10:11:12 ERROR usb.c: Could not open USB device 0x0483:0x3748, access error.",
      "2023-03-01T10:11:12 WARN usb.c: Couldn't find any ST-Link devices",
    ],
    { row: 31 },
  ),
  scenario(
    "st-util, probe in use",
    ["probe-busy"],
    () => [
      "st-util 1.7.0",
      "2023-03-01T10:11:12 ERROR usb.c: Stlink usb device found, but unable to claim (probably already in use?)",
    ],
    { row: 25 },
  ),
  scenario("st-flash, a chip that came after it", ["tool-lacks-chip"], () => [
    "st-flash 1.3.0",
    "2019-03-24T20:10:32 INFO common.c: Loading device parameters....",
    "2019-03-24T20:10:32 WARN common.c: unknown chip id! 0x10006463",
  ]),
  scenario("st-flash, loader does not run", ["flash-refused"], (v) => [
    ...stFlash(v),
    ...stFlashErased(),
    "size: 32768",
    "2023-03-01T10:11:53 ERROR flash_loader.c: Flash loader run error",
    "2023-03-01T10:11:53 ERROR common_flash.c: stlink_flash_loader_run(0x8000000) failed! == -1",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-flash, write-protected", ["flash-protected"], (v) => [
    ...stFlash(v),
    stFlashF1,
    "2023-03-01T10:11:12 ERROR common_flash.c: Flash memory is write protected",
    "2023-03-01T10:11:12 ERROR common_flash.c: Failed to erase_flash_page(0x8000000) == -1",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-flash, verification fails", ["flash-differs"], (v) => [
    ...stFlash(v),
    ...stFlashErased(),
    "2023-03-01T10:11:14 INFO common.c: Starting verification of write complete",
    "2023-03-01T10:11:14 ERROR common.c: Verification of flash failed at offset: 0",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-util, port in use", ["port-taken"], () => ["st-util 1.7.0", stFlashF1, "bind: Address already in use"], {
    row: 22,
  }),
  scenario(
    "st-flash, USB trouble",
    ["probe-usb-trouble"],
    (v) => [...stFlash(v), "2023-03-01T10:11:12 ERROR usb.c: [!] send_recv send request failed: LIBUSB_ERROR_TIMEOUT"],
    { row: 27 },
  ),
];
