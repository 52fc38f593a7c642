/** The last part of a path of either kind of system. */
export function baseName(path: string): string {
  return path.replace(/^.*[\\/]/, "");
}
