import { takeEngineDefault } from "../../src/cli/engine-option.ts";
import { engineDefaults, setEngineDefaults } from "../../src/sim/cpu/default-engine.ts";

// Runs in every test process: PROBITY_ENGINE is the engine of all virtual boards for which a test names none. The programs
// that a test starts take it from the environment themselves.
takeEngineDefault();

// Tests run their code seldom: PROBITY_ENGINE_VISITS=-1 translates what is executed once, 3 after the third time.
const visits = process.env.PROBITY_ENGINE_VISITS;
if (visits !== undefined && visits !== "") {
  if (!/^(-1|\d{1,9})$/.test(visits)) throw new Error(`PROBITY_ENGINE_VISITS is no number of visits: ${visits}`);
  setEngineDefaults({ thresholds: { ...engineDefaults().thresholds, visits: Number(visits), batch: 3, patience: 3 } });
}
