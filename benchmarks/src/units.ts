/** Seconds of one of a benchmark's units. */
export const secondsPerUnit = (unit: string): number => (unit === "ms" ? 1e-3 : 1);
