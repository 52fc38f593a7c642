import { registerTable } from "./register-table.ts";

/**
 * The target description (GDB manual, "Target Description Format"). `<osabi>none</osabi>` keeps a multi-architecture
 * GDB from taking the program for a Linux one, which costs it many needless reads at every step.
 */
export function targetXml(): string {
  const features = [...new Set(registerTable.map((register) => register.feature))];
  const lines = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0">',
    "<architecture>arm</architecture>",
    "<osabi>none</osabi>",
  ];
  for (const feature of features) {
    lines.push(`<feature name="${feature}">`);
    for (const { name, number, type, group } of registerTable.filter((register) => register.feature === feature)) {
      lines.push(`<reg name="${name}" bitsize="32" regnum="${number}" type="${type}" group="${group}"/>`);
    }
    lines.push("</feature>");
  }
  lines.push("</target>", "");
  return lines.join("\n");
}
