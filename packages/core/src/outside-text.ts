/** Ends reading with the caller's error, which knows the file or the server. */
type Fail = (problem: string, cause?: unknown) => never;

/** Bounds of a JSON text. */
export interface JsonBounds {
  /** Most arrays and objects inside each other. Default 100. */
  readonly maxDepth?: number;
  /** Most characters. Default 2²⁸. */
  readonly maxLength?: number;
}

// Control characters, and those that hide or reorder what stands around them.
const unseen = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A text that is cut in its middle where it is longer than `limit` characters. */
export const shorten = (text: string, limit = 200): string => {
  if (text.length <= limit) return text;
  const head = Math.ceil((limit * 3) / 4);
  const tail = limit - head;
  const left = text.length - limit;
  return `${text.slice(0, head)}… (${left} more characters) …${text.slice(text.length - tail)}`;
};

const asJson = (value: unknown): string => {
  try {
    // A longer text is cut before it is copied.
    return JSON.stringify(typeof value === "string" ? shorten(value, 1000) : value) ?? String(value);
  } catch {
    return `something (${typeof value}) that JSON can't hold`; // nested too deeply, or a bigint
  }
};

/**
 * A value from a file or a server for an error message: as JSON, short, and without characters that a terminal obeys.
 *
 * @param limit  most characters. Default 200.
 */
export const quoteOutside = (value: unknown, limit = 200): string =>
  shorten(asJson(value).replace(unseen, escaped), limit);

/** How many arrays and objects a JSON text opens inside each other, at most. It need not be valid. */
const nesting = (text: string): number => {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === 92)
        at++; // a backslash: the next character is no end
      else if (code === 34) inText = false;
    } else if (code === 34) inText = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
};

/**
 * Parses JSON from a file or a server. Its length and depth are checked first: a value that is nested a million levels
 * deep overflows the stack of whatever walks it later.
 *
 * @param fail  throws the caller's error: it gets the problem, with any text of the file quoted and cut
 */
export const parseJson = (
  text: string,
  fail: Fail,
  { maxDepth = 100, maxLength = 2 ** 28 }: JsonBounds = {},
): unknown => {
  if (text.length > maxLength) fail(`it has ${text.length} characters, expected at most ${maxLength}`);
  const depth = nesting(text);
  if (depth > maxDepth) fail(`it nests ${depth} levels deep, expected at most ${maxDepth}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fail(`no valid JSON (${quoteOutside(reason).slice(1, -1).replaceAll('\\"', '"')})`, cause);
  }
};
