/** How a shell reports a program that SIGPIPE ended: 128 + 13. */
export const brokenPipeExitCode = 141;

/** A stream that a program prints to. */
interface PrintedTo {
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** A pipe that nobody reads any more, and a terminal that was closed. */
const broken = ["EPIPE", "ERR_STREAM_DESTROYED", "EIO"];

/**
 * Calls `action` when the reader of an output is gone, as after `| head`, or when the terminal was closed. Without it, Node ends the program with a stack
 * trace.
 *
 * @returns a function that stops watching.
 */
export const onBrokenPipe = (streams: readonly PrintedTo[], action: () => void): (() => void) => {
  const listener = (error: Error): void => {
    const { code } = error as { code?: unknown };
    if (!broken.includes(String(code))) throw error;
    action();
  };
  for (const stream of streams) stream.on("error", listener);
  return () => {
    for (const stream of streams) stream.off("error", listener);
  };
};
