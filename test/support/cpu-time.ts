/**
 * Processor time that this process has used so far, in milliseconds. For tests that something takes no time worth mention:
 * other work on the machine does not count, as it does by a clock.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
