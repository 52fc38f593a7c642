import { type Facts, ProbityError } from "../../base/errors.ts";

/** Milliseconds for each phase of a transfer. Work on flash needs no longer: the host asks again and again. */
export const transferTimeout = 3000;

const replug = "Unplug the probe and plug it in again.";

/** The operating system's error number in a message of the native driver, which has no field for it. */
function errno(error: unknown): number | undefined {
  const match = /errno (\d+)|os error (\d+)/.exec(messageOf(error));
  return match ? Number(match[1] ?? match[2]) : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A file or folder of the system is not there (ENOENT). */
export function isMissing(error: unknown): boolean {
  return errno(error) === 2;
}

/**
 * What the driver's error means: `link-usb-permission`, `link-busy`, `link-unplugged`, `link-timeout` or `link-usb-failed`.
 * The driver's own words and what was being done are among the facts.
 */
export function usbError(error: unknown, doing: string, facts: Facts): ProbityError {
  if (error instanceof ProbityError) return error;
  const message = messageOf(error);
  const number = errno(error);
  const make = (code: string, text: string, remedy: readonly string[]): ProbityError =>
    new ProbityError(code, text, { facts: { ...facts, doing, system: message }, remedy, cause: error });
  // Linux: EPERM 1, ENOENT 2, EACCES 13, EBUSY 16, ENODEV 19, ESHUTDOWN 108, ETIMEDOUT 110.
  if (number === 1 || number === 13 || /permission|access (is )?denied/i.test(message)) {
    return make("link-usb-permission", "This user may not open the ST-LINK.", [
      "Linux: sudo probity udev --install, then plug the probe in again.",
      "Windows: install ST's driver for the probe (STSW-LINK009).",
    ]);
  }
  if (number === 16 || /busy|claimed|exclusive/i.test(message)) {
    return make("link-busy", "Another program holds the ST-LINK.", [
      "End the other debugger, STM32CubeProgrammer or ST-LINK_gdbserver, or share the probe (probity share).",
    ]);
  }
  if (number === 2 || number === 19 || number === 108 || /disconnect|no such device|not found|unplug/i.test(message)) {
    return make("link-unplugged", "The ST-LINK was unplugged.", ["Plug the probe in again and connect anew."]);
  }
  if (number === 110 || /cancel|timed? ?out/i.test(message)) {
    return make("link-timeout", `The probe did not answer within ${transferTimeout} ms (${doing}).`, [replug]);
  }
  return make("link-usb-failed", `USB failed (${doing}): ${message}`, [replug]);
}

/** The probe halted an endpoint: it refuses what was sent or asked. */
export function stallError(doing: string, facts: Facts): ProbityError {
  return new ProbityError("link-stall", `The probe refused a transfer (${doing}).`, {
    facts: { ...facts, doing },
    remedy: [replug, "Update the probe's firmware with STLinkUpgrade."],
  });
}
