import type { ReadStream, WriteStream } from "node:tty";
import { createRandom, InvalidArgumentError } from "@accord-rl/core";
import { lineKeys, terminalKeys } from "./keys.ts";
import { openLabelFile } from "./label-file.ts";
import { readPairs } from "./pairs-file.ts";
import { plainStyle, renderSession, terminalStyle } from "./screen.ts";
import { type Answer, createSession, type Session } from "./session.ts";

export interface LabelOptions {
  readonly pairsPath: string;
  readonly outPath: string;
  readonly worker: string;
  readonly seed: number;
  /** Reads lines rather than keys. */
  readonly isPlain: boolean;
}

export interface Streams {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

const answers: Readonly<Record<string, Answer>> = { 1: "upper", 2: "lower", t: "tie", s: "skip", u: "undo" };

/** Asks and writes until nothing is left, q is pressed or the input ends. @returns how many keys came. */
const converse = async (
  session: Session,
  keys: AsyncIterable<string>,
  show: (message?: string) => void,
): Promise<number> => {
  show();
  let count = 0;
  for await (const key of keys) {
    count++;
    const letter = key.toLowerCase();
    if (letter === "q") break;
    const answer = answers[letter];
    if (answer === undefined) show(`${JSON.stringify(key)} is none of 1, 2, t, s, u, q.`);
    else show(session.answer(answer));
  }
  return count;
};

const noTerminal = (): InvalidArgumentError =>
  new InvalidArgumentError({
    argument: "stdin",
    value: undefined,
    message:
      "standard input is no terminal and holds no answers; start it in a terminal, or pipe lines of 1, 2, t, s, u or q to it",
  });

/**
 * Lets a person judge the pairs of a file.
 *
 * @returns what to tell them at the end.
 * @throws DataError where a file is malformed, InvalidArgumentError where another process writes the labels.
 */
export const labelByHand = async (options: LabelOptions, { input, output }: Streams): Promise<string> => {
  const { pairsPath, outPath, worker, seed } = options;
  const isPlain = options.isPlain || input.isTTY !== true || output.isTTY !== true;
  const pairs = readPairs(pairsPath);
  const file = openLabelFile(outPath, worker);
  try {
    const random = createRandom(seed);
    const session = createSession({ pairs, file, worker, random, now: () => performance.now() });
    const atStart = session.labeled;
    const torn =
      file.torn === undefined
        ? undefined
        : "An unfinished last line, of a crash, was removed from the labels.";
    let last: string | undefined;
    const show = (message?: string): void => {
      last = message;
      const columns = Math.max(output.columns ?? 80, 20);
      const style = isPlain ? plainStyle : terminalStyle;
      output.write(
        `${isPlain ? "" : "\u001b[2J\u001b[3J\u001b[H"}${renderSession(session, { columns, style, message })}`,
      );
    };
    const redraw = () => show(last);
    if (!isPlain) output.on("resize", redraw);
    const keys = isPlain ? lineKeys(input) : terminalKeys(input);
    const count = await converse(session, keys, (message) =>
      show(message ?? (last === undefined ? torn : undefined)),
    );
    output.off("resize", redraw);
    if (count === 0 && input.isTTY !== true && session.question !== undefined) throw noTerminal();
    const { labeled, skipped, total } = session;
    const more = labeled - atStart;
    return `${labeled} of ${total} pairs labeled by ${worker} (${more} now${skipped === 0 ? "" : `, ${skipped} skipped`}), in ${outPath}`;
  } finally {
    file.close();
  }
};
