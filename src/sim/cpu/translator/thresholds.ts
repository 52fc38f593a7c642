/** When code is translated. */
export interface Thresholds {
  /** Visits of a place before it is asked for; a call counts {@link CALL_WEIGHT} times. */
  readonly visits: number;
  /** Regions that wait before they are compiled together. */
  readonly batch: number;
  /** Visits of waiting regions before they are compiled anyway. */
  readonly patience: number;
  /** Instructions of a region at most. */
  readonly longest: number;
  /** Modules that are kept before all code is translated anew: V8 keeps what was linked to a table, megabytes of it. */
  readonly instances: number;
}

export const defaultThresholds: Thresholds = { visits: 500, batch: 64, patience: 60, longest: 1500, instances: 1024 };

/** How much a call counts beside a branch backwards. */
export const CALL_WEIGHT = 64;
