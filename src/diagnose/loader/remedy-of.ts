import { type LoaderCode, loader } from "../catalogue/loader.ts";

/** The remedies that the catalogue has for a code; `{name}` is filled in. Throws when a name has no value. */
export function remedyOf(code: LoaderCode, values: Readonly<Record<string, string | number>> = {}): string[] {
  const kind = loader.find((each) => each.code === code);
  return (kind?.remedy ?? []).map((text) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${code}: the remedy needs a value for {${name}}`);
      return String(value);
    }),
  );
}
