import { boards } from "../sim/boards/boards.ts";
import { faults } from "../sim/faults/table.ts";

/** What `probity boards` prints. */
export function listBoards(json = false): string {
  const rows = Object.entries(boards).map(([name, { description }]) => ({ name, description }));
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  return rows.map(({ name, description }) => `sim:${name}  ${description}\n`).join("");
}

/** What `probity boards --faults` prints. */
export function listFaults(json = false): string {
  const rows = faults.map(({ name, family, description, effect, boards: fits, parameters = [] }) => ({
    name,
    family,
    description,
    effect,
    boards: fits,
    parameters,
  }));
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = ["sim:BOARD?fault=NAME[,NAME]", ""];
  for (const { name, description, boards: fits, parameters } of rows) {
    const only = fits.length < Object.keys(boards).length ? `  (${fits.join(", ")})` : "";
    lines.push(`${name.padEnd(width)}  ${description}${only}`);
    for (const { key, description: what, initial } of parameters) {
      lines.push(`${"".padEnd(width)}    &${key}=${initial}  ${what}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
