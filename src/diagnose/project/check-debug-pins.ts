import { type Conclusion, conclusion } from "../rule.ts";
import type { DebugPinTaking } from "./debug-pin-code.ts";
import type { ProjectCheck } from "./project-view.ts";

/** Code of the program that takes PA13 and PA14 from the debug port. */
export const checkDebugPins: ProjectCheck = (view): readonly Conclusion[] => {
  const { program } = view.facts;
  const order = ["always", "sometimes", "unseen"];
  const takings = [...view.takings()].sort((a, b) => order.indexOf(a.reached) - order.indexOf(b.reached));
  const [first] = takings;
  if (program === undefined || first === undefined) return [];
  return [
    conclusion("elf-switches-debug-off", {
      certainty: first.reached === "always" ? "certain" : first.reached === "sometimes" ? "likely" : "possible",
      variant: variantOf(first),
      values: { program: program.path, place: first.place, register: first.register, effect: first.effect },
      evidence: takings.slice(0, 4).flatMap(({ evidence }) => evidence),
      weight: 88,
    }),
  ];
};

function variantOf({ reached, readBack }: DebugPinTaking): string | undefined {
  if (reached === "unseen") return "unreached";
  if (readBack) return "readBack";
  return reached === "sometimes" ? "guarded" : undefined;
}
