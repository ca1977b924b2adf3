import { AccordError, brokenPipeExitCode, cleanText, onBrokenPipe } from "@accord-rl/core";

/** The edge of a program: an error that is the user's to mend is one line and exit code 1. */
export const runMain = async (main: () => Promise<void>): Promise<void> => {
  onBrokenPipe([process.stdout, process.stderr], () => process.exit(brokenPipeExitCode));
  try {
    await main();
  } catch (error) {
    const isExpected = AccordError.isInstance(error) || error instanceof TypeError;
    const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
    process.stderr.write(`${cleanText(text ?? "failed without a reason")}\n`);
    process.exitCode = 1;
  }
};
