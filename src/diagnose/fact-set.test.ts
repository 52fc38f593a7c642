import { describe, expect, it } from "vitest";
import { FactSet, quote, quotes } from "./fact-set.ts";
import { fact } from "./facts.ts";

const log = (line: number, text: string) => ({ from: "log", line, text }) as const;
const low = fact("voltage", { volts: 0.4 }, log(3, "  Target voltage: 0.40 V "));
const high = fact("voltage", { volts: 3.3 }, log(9, "Target voltage: 3.30 V"));
const core = fact("core", { state: "halted" }, { from: "target", what: "DHCSR 0x00030003, halted" });

describe("a set of facts", () => {
  const set = new FactSet([low, core, high]);

  it("finds facts of a kind in their order", () => {
    expect(set.all("voltage")).toEqual([low, high]);
    expect(set.all("voltage", ({ volts }) => volts > 1)).toEqual([high]);
    expect(set.first("voltage")).toBe(low);
    expect(set.last("voltage")).toBe(high);
    expect(set.has("idcode")).toBe(false);
  });

  it("knows which of two was read first", () => {
    expect(set.before(low, high)).toBe(true);
    expect(set.before(high, core)).toBe(false);
  });
});

describe("evidence", () => {
  it("quotes a line, a read, an option and a project's key", () => {
    expect(quote(low.source)).toBe("line 3: Target voltage: 0.40 V");
    expect(quote(core.source)).toBe("DHCSR 0x00030003, halted");
    expect(quote({ from: "option", text: "-el X.stldr" })).toBe("option -el X.stldr");
    expect(quote({ from: "project", file: "a.ioc", line: 7, key: "Mcu.Name=STM32F103C8Tx" })).toBe(
      "a.ioc, line 7: Mcu.Name=STM32F103C8Tx",
    );
  });

  it("says nothing twice, and leaves out what is not there", () => {
    expect(quotes(core, undefined, core, low)).toEqual([quote(core.source), quote(low.source)]);
  });
});
