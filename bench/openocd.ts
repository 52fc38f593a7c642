import type { Row } from "./row.ts";

export async function benchOpenocd(): Promise<Row[]> {
  return [];
}
