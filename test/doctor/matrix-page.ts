/** One bench and what it led to. */
export interface Row {
  readonly faults: readonly string[];
  readonly board: string;
  readonly doctor: string;
  readonly server: string;
}

/** docs/diagnosis-matrix.md. */
export function matrixPage(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ faults, board, doctor, server }) => `| ${faults.join(" + ")} | ${board} | ${doctor} | ${server} |`,
  );
  return `# Diagnosis matrix

Every fault of the virtual boards ([virtual-boards.md](virtual-boards.md)), alone and ten of them in pairs, and the worst finding of
\`probity doctor\` and of \`probity gdbserver\` at its start. Written by \`test/doctor/matrix.test.ts\` (UPDATE=1), which also
checks that a healthy board of each kind gives no error and no warning.

What does not show by looking is brought to light by another step, which is named: \`doctor --reset\` and \`gdbserver -k\` pull
NRST, \`load\` programs flash (\`probity flash\`), and \`run\` is a server that attached to the running program (\`-g\`).

Flash of the STM32F469 cannot be programmed by this server yet (\`flash-unsupported\`), so faults that show only then stay
hidden there.

| fault | board | doctor | gdbserver |
|---|---|---|---|
${lines.join("\n")}
`;
}
