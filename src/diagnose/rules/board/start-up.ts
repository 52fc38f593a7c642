import { shortChipName } from "../../../chips/memory-controllers.ts";
import { chipByDeviceId } from "../../../chips/table.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";

/** Parts of the H7 whose core may be fed by a switching converter (RM0399, RM0455, RM0468: PWR). */
export const withSmps = /H7(?:45|47|55|57|25|35|30)|H7[AB][03]\w*?-?Q/i;
/** Device IDs of the groups that have such parts. */
const smpsGroups = new Set([0x450, 0x480, 0x483]);

/** What the target is called, by anyone: the chip's name as told, or a path that has it. */
function named(facts: FactSet, pattern: RegExp): Fact | undefined {
  return (
    facts.last("chip-name", ({ name }) => pattern.test(name)) ??
    facts.last("probe-kind", ({ name }) => pattern.test(name)) ??
    facts.last("image-file", ({ path }) => pattern.test(path)) ??
    facts.last("option", ({ value }) => pattern.test(value)) ??
    facts.last("complaint", ({ text }) => pattern.test(text))
  );
}

function nameIn(fact: Fact, pattern: RegExp): string {
  const text =
    fact.kind === "chip-name" || fact.kind === "probe-kind"
      ? fact.value.name
      : fact.kind === "image-file"
        ? fact.value.path
        : fact.kind === "option"
          ? fact.value.value
          : fact.kind === "complaint"
            ? fact.value.text
            : "";
  const found = new RegExp(`(?:STM32)?${pattern.source}`, "i").exec(text)?.[0].toUpperCase() ?? "";
  return found.startsWith("STM32") ? found : `STM32${found}`;
}

export const supplyConfiguration: Rule = {
  name: "supply-configuration",
  why: "SDEN, LDOEN and BYPASS in PWR_CR3 can be written once after power-on and choose what feeds VCORE (RM0399 6.8.4): a choice that the board is not wired for leaves the core without supply.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const waits = facts.last("waits-for", (value) => "flag" in value);
    if (waits !== undefined) {
      return [
        conclusion("supply-configuration", {
          certainty: "likely",
          variant: "waits",
          values: { chip: "", when: "" },
          evidence: quotes(waits),
          weight: 76,
          explains: ["not-enough-to-tell", "program-gave-up"],
        }),
      ];
    }
    const { silent, lost, answered } = contactOf(facts);
    const name = named(facts, withSmps);
    const id = facts.last("device-id", (value) => smpsGroups.has(value.id));
    // Projects of one core each: _CM7 is an H7's; _CM4 a WL5's or MP1's as well, so that it is no more than possible.
    const dual = facts.last("option", ({ name, value }) => name === "launch" && /_cm[47]$/i.test(value));
    if (name === undefined && id === undefined && dual === undefined) return [];
    const voltage = facts.last("voltage");
    if (voltage !== undefined && voltage.value.volts < 1.65) return [];
    const ran = lost !== undefined && (lost.value.during === "run" || lost.value.during === "session");
    const never = answered === undefined && silent;
    if (!ran && !never) return [];
    const chip = id === undefined ? undefined : chipByDeviceId(id.value.id);
    const sure = name !== undefined && ran;
    return [
      conclusion("supply-configuration", {
        certainty: sure ? "likely" : "possible",
        values: {
          chip:
            name !== undefined
              ? nameIn(name, withSmps)
              : chip === undefined
                ? "The chip, if it is an H7 with two cores,"
                : shortChipName(chip),
          when: "from then on, until BOOT0 keeps the program from starting",
        },
        evidence: quotes(
          name,
          id,
          dual,
          facts.last("stage", ({ stage, reached }) => reached && stage === "programmed"),
          lost,
          never ? facts.last("wire-answer") : undefined,
        ),
        weight: name === undefined ? (id === undefined ? 57 : 42) : sure ? 74 : 58,
        explains: name !== undefined ? ["not-enough-to-tell", "wires-open"] : [],
      }),
    ];
  },
};

export const probeFirmwareDefect: Rule = {
  name: "probe-firmware-defect",
  why: "A report of users: the ST-LINK/V2-1 with V2J35 lost an STM32H743 as soon as it ran, and kept it with another version.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const firmware = facts.last("probe-firmware", ({ generation, stlink }) => generation === 2 && stlink === 35);
    const id = facts.last("device-id", (value) => value.id === 0x450);
    const { lost } = contactOf(facts);
    if (firmware === undefined || id === undefined || lost === undefined) return [];
    if (lost.value.during !== "run" && lost.value.during !== "session") return [];
    const chip = chipByDeviceId(id.value.id);
    return [
      conclusion("probe-firmware-defect", {
        certainty: "likely",
        values: { firmware: firmware.value.text, chip: chip === undefined ? "this chip" : shortChipName(chip) },
        evidence: quotes(firmware, id, lost),
        weight: 78,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** RDP level 2 on most families (0xCC), and H5's product states from TZ-Closed on (RM0481, FLASH: product state). */
const closes = /^rdp=(?:0x)?cc$|^product_state=(?:0x)?(?:c6|72|5c)$/i;

function closed(facts: FactSet, closing: FactOf<"option"> | FactOf<"option-byte-told">, gone: Fact): Conclusion {
  const setting = (closing.kind === "option" ? closing.value.value : closing.value.setting).toUpperCase();
  const forGood = /CC$|5C$/.test(setting);
  return conclusion("option-bytes-wrong", {
    certainty: "likely",
    variant: "closed",
    values: { setting },
    evidence: quotes(closing, facts.last("option-bytes-written"), gone),
    remedyFirst: [
      forGood
        ? "This state is final: the chip cannot be opened again. Replace it."
        : "Debug authentication opens it again (`-c port=SWD mode=HOTPLUG debugauth=2` is the discovery), with what was provisioned before; it needs NRST wired to the probe.",
    ],
    weight: 80,
    explains: lostOver,
  });
}

/** Areas that are given up with read protection alone: PCROP and secure areas (RM0433 4.5, RM0351 3.5, FLASH). */
const secretArea = /^(?:PCROP\w*|PROT_AREA\w*|SEC_AREA\w*|SEC_SIZE\w*|DME[PS]\w*)$/i;

/** A chip that was reached and goes on answering, as far as the log goes. */
function kept(facts: FactSet, trouble: Fact): Conclusion {
  const back = facts.all("option-bytes-kept");
  const names = [...new Set(back.flatMap(({ value }) => value.names))];
  const reads = trouble.source.from === "log" && /\b(?:be read|reading|uploading|to read)\b/i.test(trouble.source.text);
  const area = names.length > 0 && names.every((name) => secretArea.test(name));
  const zone = names.length > 0 && names.every((name) => name === "TZEN");
  return conclusion("option-bytes-wrong", {
    certainty: area || zone ? "likely" : "possible",
    variant: reads ? "unread" : area ? "area" : zone ? "zone" : "kept",
    values: { which: names.length === 0 ? "" : ` (${names.slice(0, 4).join(", ")})` },
    evidence: quotes(facts.last("device-id"), ...back.slice(0, 3), trouble),
    remedyFirst: [
      zone
        ? "Switch TrustZone on at RDP 0xAA. Off: set RDP to level 1 (0xDC) first, then write RDP 0xAA and TZEN 0 in one command (OpenOCD: `stm32l4x trustzone BANK disable`; STM32CubeProgrammer: `-ob RDP=0xAA TZEN=0`), which erases flash."
        : area
          ? "Set RDP to level 1 (0xBB), then in one command back to 0xAA with the area's bounds emptied (start behind end) and DMEP or DMES set: that erases the area and gives it up."
          : "Connect under reset, so that no program runs, and write one option byte at a time; then switch the power off and on. Read all of them first: RDP and write protection decide what may be changed.",
      "Try another release of STM32CubeProgrammer: some have failed at option bytes that others write.",
    ],
    weight: 76,
    explains: lostOver,
  });
}

const lostOver = ["not-enough-to-tell", "flash-refused", "wires-open", "firmware-disables-swd"];

export const optionBytes: Rule = {
  name: "option-bytes",
  why: "Option bytes take effect when they are loaded, at reset or by OBL_LAUNCH; the boot address, RDP and the security settings among them decide whether the chip starts and lets a debugger in.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { silent, lost } = contactOf(facts);
    const written = facts.last("option-bytes-written");
    const trouble = facts.last("flash-trouble", ({ operation }) => operation === "option-bytes") ?? written;
    const gone = lost ?? (silent ? facts.last("wire-answer", ({ answer }) => answer !== "ok") : undefined);
    const closing = facts.last("option", ({ name, value }) => name === "option-byte" && closes.test(value));
    // Whether or not the tool says that they were written: the chip closes as they take effect.
    const shut = closing !== undefined && gone !== undefined && facts.before(closing, gone);
    const early = trouble === written && written !== undefined && gone !== undefined && facts.before(gone, written);
    if (shut && !early) return [closed(facts, closing, gone)];
    // Told in words it holds wherever it stands; a chip that answers nothing now was not opened again.
    const told = facts.last("option-byte-told");
    if (told !== undefined && silent && gone !== undefined) return [closed(facts, told, gone)];
    if (trouble === undefined) return [];
    if (trouble === written && (gone === undefined || facts.before(gone, written))) return [];
    if (gone === undefined && (facts.has("device-id", ({ id }) => id !== 0) || facts.has("option-bytes-kept"))) {
      return [kept(facts, trouble)];
    }
    const known =
      trouble === written
        ? "they were written, and the chip, which had answered until then, does not answer since"
        : gone === undefined
          ? "writing them failed"
          : "writing them did not end well, and the chip does not answer since";
    return [
      conclusion("option-bytes-wrong", {
        certainty: gone === undefined ? "possible" : "likely",
        values: { known },
        evidence: quotes(trouble, gone),
        weight: 76,
        explains: lostOver,
      }),
    ];
  },
};
