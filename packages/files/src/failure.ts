import { AccordError, CheckpointError } from "@accord-rl/core";

/** Whether an error is a system error with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Turns whatever stopped a write into one clear error. */
export const explainWriteFailure = (path: string, bytes: number, cause: unknown): AccordError => {
  if (AccordError.isInstance(cause)) return cause;
  const kept = "What was there before is unchanged.";
  if (hasCode(cause, "ENOSPC", "EDQUOT")) {
    const message = `the disk is full: saving needs ${megabytes(bytes)} MiB. ${kept} Free space, then save again.`;
    return new CheckpointError({ path, message, cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError({ path, message: `can't be written (${reason}). ${kept}`, cause });
};
