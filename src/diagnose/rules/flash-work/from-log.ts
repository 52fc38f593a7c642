import type { Chip } from "../../../chips/chip.ts";
import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { addressText } from "../../loader/words.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { boardOfOthersLoader } from "../loader/other-board.ts";
import { isExternalMemory } from "../memory-map.ts";
import { contactOf } from "../wire/contact.ts";

/** Families with TrustZone. */
const secureFamilies = new Set(["STM32L5", "STM32U5", "STM32U3", "STM32H5", "STM32WBA", "STM32N6"]);

const operations = { erase: "erased", program: "programmed", verify: "verified", read: "read" } as const;

const busSilent =
  "the debug port answers, but the chip's ID could not be read and the load failed: what goes over the chip's bus does not work, as when the program sleeps or the core is held in reset";
const asRam =
  "GDB's write to flash failed without an erase before it: most likely it wrote as it writes to RAM, since the server gave it no memory map in which flash is at this place, or this GDB cannot read it (one that was built without XML)";
const askMap =
  "`info mem` in GDB shows the map: flash has to be in it, at 0x08000000. In OpenOCD it is there where the target's file configures a flash bank and `gdb_memory_map` is not disabled. Or let the server write: `monitor program FILE.elf verify` or `monitor flash write_image erase FILE.elf` in OpenOCD; pyOCD needs `--target NAME`.";
const askUnderReset =
  "Connect under reset (st-util and st-flash: --connect-under-reset; ST's server: -k), or hold BOOT0 high and press reset, so that the program in flash does not run; then load again.";
const askAddresses =
  "Ask `arm-none-eabi-objdump -h FILE.elf` for the sections' load addresses (LMA): on most STM32 flash starts at 0x08000000, and what lies at 0 or elsewhere comes from a linker script for another chip. If they are right, look at the server's own output, or write the file with STM32CubeProgrammer, which says what it refuses.";

/** Work on flash that failed in a log that does not tell why. */
export const flashFromLog: Rule = {
  name: "flash-from-log",
  why: "A tool that had read the chip and then cannot erase or program its flash was refused by the flash: by protection, by a secure area, or by a reset in between (RM0008 3.3; RM0438 6).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const troubles = facts.all("flash-trouble").filter(({ source }) => source.from === "log");
    const failed = facts.last("client-trouble", ({ what }) => what === "load-failed");
    if (troubles.length === 0 && failed === undefined) return [];
    if (toldBetter(facts) || overcome(facts, troubles) || neverReached(facts, troubles[0] ?? failed)) return [];
    const id = facts.last("device-id", (value) => value.id !== 0);
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const mismatch = troubles.find(({ value }) => value.reason === "mismatch" && value.address !== undefined);
    const port = facts.last("idcode", ({ value }) => value !== 0);
    const unread = facts.last("chip-unidentified", (value) => value.id === undefined);
    const found: Conclusion[] = [];
    // Option bytes are no flash of the secure side's.
    const ofFlash = troubles.some(({ value }) => value.operation !== "option-bytes");
    if (chip !== undefined && secureFamilies.has(chip.family) && ofFlash && chip.maxFlashBytes !== 0) {
      // Secure flash reads 0, or what was there before; the size register is not read then, either.
      const { address, found: read } = mismatch?.value ?? {};
      const start = address !== undefined && address - (chip.flashBase ?? 0x08000000) < 16;
      const zero =
        mismatch !== undefined && (read === 0 || start || facts.has("flash-size", ({ assumed }) => assumed === true));
      found.push(
        conclusion("flash-secured", {
          certainty: zero || facts.has("trustzone", ({ on }) => on) ? "likely" : "possible",
          values: { chip: shortChipName(chip) },
          evidence: quotes(id, mismatch ?? troubles[0]),
          weight: zero ? 75 : 25,
          explains: zero ? ["flash-differs", "flash-worn"] : [],
        }),
      );
    }
    if (mismatch !== undefined || troubles.some(({ value }) => value.reason === "mismatch")) {
      found.push(differs(troubles, mismatch));
    } else if (troubles.length > 0) {
      found.push(atLoader(facts, troubles, chip) ?? eraseRefused(facts, troubles, id) ?? refused(facts, troubles, id));
    } else if (failed !== undefined && id === undefined && !tellsOfFlash(facts, failed)) {
      found.push(
        conclusion("image-outside-flash", {
          certainty: "possible",
          variant: "unmapped",
          evidence: quotes(failed),
          remedyFirst: [askAddresses],
          weight: 15,
        }),
      );
    } else if (failed !== undefined && port !== undefined && unread !== undefined && id === undefined) {
      // What answers the debug port's own questions, and gives nothing over the chip's bus, could not be loaded either.
      found.push(
        conclusion("not-enough-to-tell", {
          certainty: "possible",
          values: { known: busSilent, next: askUnderReset },
          evidence: quotes(port, unread, failed),
          weight: 15,
        }),
      );
    } else if (failed !== undefined && writtenAsRam(facts, failed)) {
      found.push(
        conclusion("not-enough-to-tell", {
          certainty: "possible",
          values: { known: asRam, next: askMap },
          evidence: quotes(facts.last("image-part"), failed),
          weight: 15,
        }),
      );
    } else if (failed !== undefined) {
      found.push(
        conclusion("flash-refused", {
          certainty: "possible",
          variant: "load",
          evidence: quotes(failed, id),
          weight: 15,
        }),
      );
    }
    return found;
  },
};

function differs(
  troubles: readonly FactOf<"flash-trouble">[],
  mismatch: FactOf<"flash-trouble"> | undefined,
): Conclusion {
  const { address, found, expected } = mismatch?.value ?? {};
  const hex = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;
  const external = isExternalMemory(address);
  return conclusion("flash-differs", {
    certainty: "likely",
    ...(external && { variant: "external" }),
    values: {
      address: address === undefined ? "" : ` at ${addressText(address)}`,
      detail: found === undefined || expected === undefined ? "" : ` (${hex(found)} instead of ${hex(expected)})`,
    },
    evidence: quotes(mismatch, ...troubles.slice(0, 2)),
    weight: 30,
    explains: ["flash-worn", "not-enough-to-tell"],
  });
}

/**
 * Tools that do not tell protection from other errors when an erase fails (OpenOCD does: "device protected"), and tell
 * a program of theirs in the chip's RAM that does not run from an erase that was refused.
 */
const tellsNoReason: ReadonlySet<string | undefined> = new Set([
  "st-flash",
  "st-link-utility",
  "st-link-gdbserver",
  "stm32cubeprogrammer",
  "stm32cubeide",
  // Quotes a server that says nothing more; OpenOCD's own line comes before it where that is the server.
  "gdb",
]);

/** Users of a NUCLEO-N657X0-Q whose erase failed with 2.20.0 had it go well with another release. */
const developmentBoot =
  "Set the board to its development boot (BOOT1 at 1) and switch the power off and on; choose the loader of this very board. STM32CubeProgrammer 2.20.0 is known to fail at some of these boards: take 2.21 or later.";

/** What erases and writes behind an external loader is the loader, not the chip's flash controller. */
function atLoader(
  facts: FactSet,
  troubles: readonly FactOf<"flash-trouble">[],
  chip: Chip | undefined,
): Conclusion | undefined {
  const loader = facts.last("loader-started");
  const failed = troubles.find(({ value }) => value.operation === "erase" || value.operation === "program");
  if (failed === undefined || failed.value.reason !== undefined) return undefined;
  // A chip without flash of its own has nothing else to be erased or written.
  const flashless = chip?.maxFlashBytes === 0;
  if (!flashless && (loader === undefined || !facts.before(loader, failed))) return undefined;
  // A download that begins with internal flash fails there, too, with a loader that waits for interrupts (ST's article on
  // "failed to download segment[0]"): users whose loader went well before 2.7.0 ended at that.
  const beside = failed.value.external !== true && !flashless;
  if (beside && (failed.value.operation === "erase" || stopsAtNoInterrupt(facts))) return undefined;
  const work = failed.value.operation === "erase" ? "erases sectors" : "writes";
  const other = beside ? undefined : boardOfOthersLoader(facts, facts.last("loader"));
  if (other !== undefined) {
    return conclusion("loader-memory-silent", {
      certainty: "likely",
      variant: "board",
      values: { call: `its function that ${work}`, board: other.board.name },
      evidence: quotes(loader, failed, facts.last("loader"), other.probe),
      remedyFirst: [
        "Have a loader for this board: its own pins, controller and part, built from ST's template (or taken from who made the board). If this is the very board, led to by another probe: look at its jumpers and solder bridges, and at its memory's mode after the program that ran.",
      ],
      weight: 50,
      explains: ["flash-refused", "not-enough-to-tell"],
    });
  }
  return conclusion("loader-reports-failure", {
    certainty: beside ? "possible" : "likely",
    variant: beside ? "beside" : "log",
    values: { call: `its function that ${work}` },
    evidence: quotes(loader, failed, facts.last("loader")),
    remedyFirst: [
      ...(flashless ? [developmentBoot] : []),
      "If the loader is your own: poll, override HAL_InitTick(), HAL_GetTick() and HAL_Delay(), turn interrupts off, and let Init() set all of the hardware up from any state. If it is ST's: take the one that is made for this very board.",
    ],
    weight: 50,
    explains: ["flash-refused", "not-enough-to-tell"],
  });
}

/** STM32CubeProgrammer before 2.7.0, whose loaders may wait for interrupts. */
function stopsAtNoInterrupt(facts: FactSet): boolean {
  const version = facts.last("tool", ({ name }) => name === "stm32cubeprogrammer")?.value.version ?? "";
  const [major = 0, minor = 0] = /^(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  return major === 1 || (major === 2 && minor < 7);
}

/** An erase that a chip refused which had been reached. */
function eraseRefused(
  facts: FactSet,
  troubles: readonly FactOf<"flash-trouble">[],
  id: FactOf<"device-id"> | undefined,
): Conclusion | undefined {
  const erase = troubles.find(({ value }) => value.operation === "erase");
  const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
  if (erase === undefined || erase.value.reason !== undefined) return undefined;
  if (erase.source.from !== "log" || !tellsNoReason.has(erase.source.tool)) return undefined;
  // ST's boot loader answers over a UART or USB with "no" alone: it has other reasons besides protection.
  if (facts.has("option", ({ name }) => name === "boot-loader")) return undefined;
  // On these it may be the secure side's flash, or a core that is not the flash's owner.
  if (chip !== undefined && secureFamilies.has(chip.family)) return undefined;
  if (troubles.some(({ value }) => value.operation === "algorithm")) return undefined;
  if (facts.has("halt-failed") || troubles.some(({ value }) => value.reason === "size" || value.reason === "timeout")) {
    return undefined;
  }
  // A chip that refuses an erase still tells how its core is.
  if (facts.last("core", ({ state }) => state === "unknown") !== undefined) return undefined;
  // A supply, a watchdog or a copy of a chip stops an erase as well: protection comes first only where it is spoken of.
  if (!/protect/i.test(erase.source.text)) return undefined;
  // Flash that is read-protected cannot be read by a debugger.
  const read = facts.last("flash-read", ({ address }) => address >>> 24 === 0x08);
  const level = facts.last("read-protection");
  const explains = ["flash-refused", "not-enough-to-tell"];
  if (read !== undefined || level?.value.on === false) {
    return conclusion("write-protected", {
      certainty: "likely",
      severity: "error",
      variant: "likely",
      values: { operation: "erase", pages: "" },
      evidence: quotes(id, read ?? level, erase),
      weight: 50,
      explains,
    });
  }
  return conclusion("flash-protected", {
    certainty: "likely",
    variant: "erase",
    values: { operation: "erased", place: "" },
    evidence: quotes(id, ...troubles.slice(0, 3)),
    weight: 50,
    explains,
  });
}

function refused(
  facts: FactSet,
  troubles: readonly FactOf<"flash-trouble">[],
  id: FactOf<"device-id"> | undefined,
): Conclusion {
  const first = troubles[0];
  const { operation } = first.value;
  const algorithm = troubles.find(({ value }) => value.operation === "algorithm");
  const { address } = first.value;
  const middle = operation === "program" && address !== undefined && isBehindStart(facts, address);
  return conclusion("flash-refused", {
    certainty: "likely",
    ...(middle && { variant: "middle" }),
    ...(algorithm !== undefined && { variant: "algorithm" }),
    values: {
      address: address === undefined ? "" : addressText(address),
      operation: operation in operations ? operations[operation as keyof typeof operations] : "programmed",
    },
    evidence: quotes(id, algorithm, ...troubles.slice(0, 3)),
    weight: 30,
    explains: ["not-enough-to-tell"],
  });
}

/**
 * Whether GDB wrote to flash as it writes to RAM. Where the server's memory map has flash at a place, GDB erases it before it
 * writes, and the words for a failed erase (and for the end of the work) are others than those for a write.
 */
function writtenAsRam(facts: FactSet, { value, source }: FactOf<"client-trouble">): boolean {
  const parts = facts.all("image-part");
  return (
    source.from === "log" &&
    source.tool === "gdb" &&
    value.detail === "Load failed" &&
    parts.length > 0 &&
    parts.every(({ value: { address } }) => address >>> 24 === 0x08) &&
    // A server that knows the size of flash has it in its map.
    !facts.has("flash-size") &&
    !facts.has("tool", ({ name }) => givesMap.has(name)) &&
    !facts.has("stage", ({ stage, reached }) => reached && (stage === "erased" || stage === "programmed"))
  );
}

/** ST's own, whose map always has flash. */
const givesMap: ReadonlySet<string> = new Set(["st-link-gdbserver", "stm32cubeide", "stm32cubeprogrammer"]);

/**
 * Tools write from the lowest address on: what fails behind the image's start failed after flash had taken some (a bad cable
 * was what users found whose address changed each time). An image that starts nowhere else starts at a page.
 */
function isBehindStart(facts: FactSet, address: number): boolean {
  if (address < 0x0800_0000 || address >= 0x0820_0000) return false;
  const start = facts.last("image-part", (part) => part.address >>> 24 === 0x08)?.value.address;
  return start === undefined ? address % 0x400 !== 0 : address > start;
}

/** Whether the load came as far as flash, or tells at which addresses it was. */
function tellsOfFlash(facts: FactSet, { value }: FactOf<"client-trouble">): boolean {
  return (
    /flash/i.test(value.detail ?? "") ||
    facts.has("image-part") ||
    facts.has("stage", ({ stage, reached }) => reached && (stage === "erased" || stage === "programmed"))
  );
}

/** What has a rule of its own, and says more. */
function toldBetter(facts: FactSet): boolean {
  return (
    facts.has("read-protection", ({ on }) => on) ||
    facts.has(
      "flash-trouble",
      ({ reason }) => reason === "protected" || reason === "secure" || reason === "alignment",
    ) ||
    facts.has("flash-size", ({ kib }) => kib >= 0xffff) ||
    facts.has("target-lost", ({ during }) => during === "erase" || during === "program" || during === "verify") ||
    facts.has("probe-trouble", ({ what }) => what === "usb-error" || what === "unplugged")
  );
}

/** Nothing had answered when flash was to be worked: it was not come to. */
function neverReached(facts: FactSet, failed: Fact | undefined): boolean {
  const { answered, silent, silentNormally, silentUnderReset } = contactOf(facts);
  const none = silentNormally ?? silentUnderReset;
  return silent && answered === undefined && none !== undefined && failed !== undefined && facts.before(none, failed);
}

/** A later attempt went well. */
function overcome(facts: FactSet, troubles: readonly FactOf<"flash-trouble">[]): boolean {
  const last = troubles.at(-1);
  const well = facts.last("stage", ({ stage, reached }) => stage === "verified" && reached);
  return last !== undefined && well !== undefined && facts.before(last, well);
}
