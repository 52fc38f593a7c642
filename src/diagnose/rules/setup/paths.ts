import { quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

const nothingTouched = ["not-enough-to-tell", "probe-none", "probe-busy", "wires-open", "target-no-power"];

/** Files and programs that are not where they are looked for. */
export const pathMissing: Rule = {
  name: "path-missing",
  why: "A program that ends because it does not find a file has not touched the probe; it names the file itself.",
  conclude(facts) {
    const found: Conclusion[] = [];
    const about = facts.all("path-missing");
    const first = (what: (typeof about)[number]["value"]["what"]) =>
      about.find(({ value }) => value.what === what && value.path !== undefined) ??
      about.find(({ value }) => value.what === what);
    const programmer = first("stm32cubeprogrammer");
    if (programmer !== undefined) {
      found.push(
        conclusion("cubeprogrammer-missing", {
          certainty: "certain",
          values: { path: place(programmer.value.path) },
          evidence: quotes(programmer),
          weight: 95,
          explains: nothingTouched,
        }),
      );
    }
    const library = first("library");
    if (library !== undefined) {
      found.push(
        conclusion("library-missing", {
          certainty: "certain",
          values: { path: library.value.path ?? "libSTLinkUSBDriver" },
          evidence: quotes(library),
          weight: 95,
          explains: nothingTouched,
        }),
      );
    }
    const gdb = about.find(({ value }) => value.what === "other" && /gdb/i.test(value.path ?? ""));
    if (gdb !== undefined) {
      found.push(
        conclusion("gdb-missing", {
          certainty: "likely",
          values: { path: gdb.value.path ?? "arm-none-eabi-gdb" },
          evidence: quotes(gdb),
          weight: 85,
          explains: nothingTouched,
        }),
      );
    }
    for (const what of ["program", "config", "loader"] as const) {
      const file = first(what);
      if (file === undefined) continue;
      found.push(
        conclusion("file-missing", {
          certainty: "certain",
          values: { what: fileWords[what], path: file.value.path ?? "that was named" },
          evidence: quotes(file),
          weight: 85,
          explains: what === "config" ? nothingTouched : ["not-enough-to-tell"],
          subject: what,
        }),
      );
    }
    return found;
  },
};

const fileWords = { program: "program file", config: "configuration file", loader: "loader" } as const;

function place(path: string | undefined): string {
  return path === undefined || path === "" ? "the folder that it was told to look in" : path;
}
