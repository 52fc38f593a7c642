/** What keeps a program from a USB device on one system, and on another does not. */
import type { FactSet } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";

/** The system that is told: by a program's file, or in words that name no other. */
function systemOf(facts: FactSet): string | undefined {
  const names = new Set(
    [...facts.all("operating-system"), ...facts.all("system-told")].map(({ value }) => value.name as string),
  );
  return names.size === 1 ? [...names][0] : undefined;
}

/**
 * Of a device that is listed and was not opened: Windows asks a program for no rights to it, but binds it to one driver,
 * which libusb has to go through; Linux needs no driver, and lets in whom the device's node does.
 */
export function bySystem(facts: FactSet, { value }: FactOf<"probe-trouble">): "so" | "not so" | "open" {
  const system = value.or === "system" ? systemOf(facts) : undefined;
  if (system === "windows") return value.what === "permission" ? "not so" : "so";
  if (system === "linux") return value.what === "permission" ? "so" : "not so";
  return "open";
}
