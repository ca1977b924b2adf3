import { isKnownPattern } from "./known-patterns.ts";
import { compilePattern, type Program } from "./program.ts";
import { type Range, Search } from "./search.ts";

/** Ends with an error that names the file. */
type Fail = (problem: string) => never;

/** Finds all matches of a pattern in a text, in order. */
type Finder = (text: string) => Iterable<Range>;

/** How much longer a replacement may make a text. */
const growth = { factor: 4, constant: 1024 };

/** A pattern that the methods of strings take in place of a regular expression, in time that grows with the text. */
export class GuardedPattern {
  readonly flags = "gu";
  private readonly find: Finder;
  private readonly fail: Fail;

  constructor(find: Finder, fail: Fail) {
    this.find = find;
    this.fail = fail;
  }

  /** For `text.matchAll(pattern)`. */
  *[Symbol.matchAll](text: string): Generator<{ 0: string; index: number }> {
    for (const { start, end } of this.find(text)) yield { 0: text.slice(start, end), index: start };
  }

  /** For `text.match(pattern)`. */
  [Symbol.match](text: string): string[] {
    return Array.from(this.find(text), ({ start, end }) => text.slice(start, end));
  }

  /** For `text.split(pattern)`. */
  [Symbol.split](text: string): string[] {
    const parts: string[] = [];
    let from = 0;
    for (const { start, end } of this.find(text)) {
      parts.push(text.slice(from, start));
      from = end;
    }
    return [...parts, text.slice(from)];
  }

  /** For `text.replaceAll(pattern, replacement)`. A dollar sign in the replacement is written twice. */
  [Symbol.replace](text: string, replacement: string): string {
    const content = replacement.replaceAll("$$", "$");
    const most = growth.factor * text.length + growth.constant;
    const parts: string[] = [];
    let [from, length] = [0, 0];
    for (const { start, end } of this.find(text)) {
      parts.push(text.slice(from, start), content);
      length += start - from + content.length;
      if (length > most) this.fail(`a Replace makes more than ${most} characters of ${text.length}`);
      from = end;
    }
    return from === 0 && parts.length === 0 ? text : parts.join("") + text.slice(from);
  }
}

function* findNatively(pattern: RegExp, text: string): Generator<Range> {
  for (const match of text.matchAll(pattern)) {
    yield { start: match.index, end: match.index + match[0].length };
  }
}

function* findWithin(program: Program, text: string, fail: (problem: string) => never): Generator<Range> {
  let search: Search;
  try {
    search = new Search(program, text);
  } catch (cause) {
    return fail((cause as Error).message);
  }
  for (let from = 0; from <= text.length; ) {
    const range = search.find(from);
    if (range === undefined) return;
    yield range;
    from = range.end > range.start ? range.end : search.after(range.end);
  }
}

/**
 * Makes a pattern from a file safe to use. Patterns that are known to take linear time run in JavaScript's own engine,
 * which is faster; all others in one that never takes more.
 *
 * @param pattern      with the flags "gu"
 * @param replacement  what its matches are replaced by, if they are
 * @throws what `fail` throws, at once for a pattern that can't be bounded, in use for a text that is too long.
 */
export const guardPattern = (
  pattern: RegExp,
  fail: Fail,
  replacement?: string | undefined,
): GuardedPattern | RegExp => {
  const { source } = pattern;
  const failShort: Fail = (problem) =>
    fail(`the pattern ${source.slice(0, 60)} can't be used: ${problem.slice(0, 200)}`);
  if (isKnownPattern(source)) {
    // A known pattern matches at least one character, so that one in its place makes no text longer.
    if (replacement === undefined || replacement.length <= 1) return pattern;
    return new GuardedPattern((text) => findNatively(pattern, text), fail);
  }
  try {
    const program = compilePattern(source);
    return new GuardedPattern((text) => findWithin(program, text, failShort), fail);
  } catch (cause) {
    return failShort((cause as Error).message);
  }
};
