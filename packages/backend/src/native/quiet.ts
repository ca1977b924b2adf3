/** The functions of the addon quiet.node: they hold back what TensorFlow prints while it is being loaded. */
export interface Quiet {
  /** @param level TF_CPP_MIN_LOG_LEVEL for the process, where it has none: "0" (all) to "3" (fatal errors). */
  mute(level: string): void;
  unmute(): void;
}
