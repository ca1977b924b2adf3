import type { Program, Step } from "./program.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Longest text, and largest table of dead ends, in bits. */
const longestText = 2 ** 21;
const mostBits = 2 ** 31;

/** A way that is being tried: its fork and position, and the way that led to it. */
interface Trail {
  readonly bit: number;
  readonly before: Trail | undefined;
}

interface Choice {
  readonly step: number;
  readonly at: number;
  readonly trail: Trail | undefined;
}

const has = (bits: Uint8Array, bit: number): boolean =>
  ((bits[Math.floor(bit / 8)] ?? 0) & (1 << (bit % 8))) !== 0;
const add = (bits: Uint8Array, bit: number): void => {
  const at = Math.floor(bit / 8);
  bits[at] = (bits[at] ?? 0) | (1 << (bit % 8));
};
const remove = (bits: Uint8Array, bit: number): void => {
  const at = Math.floor(bit / 8);
  bits[at] = (bits[at] ?? 0) & ~(1 << (bit % 8));
};

/**
 * Searches one text. Remembers dead ends, a fork at a position from which nothing fits, and tries none of them twice:
 * the time for all matches together grows with the length of the text times that of the pattern.
 *
 * @see Davis, Servant & Lee 2021, Using selective memoization to defeat regular expression denial of service.
 *   https://doi.org/10.1109/SP40001.2021.00032
 */
export class Search {
  private readonly program: Program;
  private readonly text: string;
  /** Forks that were tried at a position, and inside of looks those from which something fits. */
  private readonly tried: Uint8Array;
  private readonly alive: Uint8Array;

  constructor(program: Program, text: string) {
    const bits = program.forks * (text.length + 1);
    if (text.length > longestText || bits > mostBits)
      throw new Error(`a text of ${text.length} characters is too long for it`);
    this.program = program;
    this.text = text;
    this.tried = new Uint8Array(Math.ceil(bits / 8) + 1);
    this.alive = program.looks ? new Uint8Array(this.tried.length) : this.tried;
  }

  /** The first match that begins at a position or after it. */
  find(from: number): Range | undefined {
    for (let start = from; start <= this.text.length; start = this.after(start)) {
      const end = this.run(this.program.start, start, false);
      if (end >= 0) return { start, end };
    }
    return undefined;
  }

  /** The position of the next character. */
  after(at: number): number {
    return at + ((this.text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  }

  /** Where the steps end that fit from a position, or a position where it is known that they fit; −1 where none do. */
  private run(step: number, at: number, isLook: boolean): number {
    const choices: Choice[] = [{ step, at, trail: undefined }];
    for (let choice = choices.pop(); choice !== undefined; choice = choices.pop()) {
      let { step: current, at: position, trail } = choice;
      for (;;) {
        const now = this.program.steps[current] as Step;
        if (now.type === "match") return this.succeed(trail, position, isLook);
        if (now.type === "jump") current = now.next;
        else if (now.type === "fork") {
          const bit = now.index * (this.text.length + 1) + position;
          if (isLook && has(this.alive, bit)) return this.succeed(trail, position, isLook);
          if (has(this.tried, bit)) break;
          add(this.tried, bit);
          trail = { bit, before: trail };
          choices.push({ step: now.second, at: position, trail });
          current = now.first;
        } else {
          position = this.pass(now, position);
          if (position < 0) break;
          current = now.type === "look" ? now.next : current + 1;
        }
      }
    }
    return -1;
  }

  /** The position after a step that reads or looks; −1 where it doesn't fit. */
  private pass(step: Extract<Step, { type: "character" | "look" | "edge" }>, at: number): number {
    if (step.type === "look") return this.run(step.body, at, true) >= 0 === step.isNegated ? -1 : at;
    if (step.type === "edge") return at === (step.isStart ? 0 : this.text.length) ? at : -1;
    const { text } = this;
    if (!step.isBackward) {
      const code = text.codePointAt(at);
      return code !== undefined && step.test(code) ? at + (code > 0xffff ? 2 : 1) : -1;
    }
    if (at === 0) return -1;
    const width = at > 1 && (text.codePointAt(at - 2) as number) > 0xffff ? 2 : 1;
    return step.test(text.codePointAt(at - width) as number) ? at - width : -1;
  }

  /** The forks on the way to a match are no dead ends. */
  private succeed(trail: Trail | undefined, end: number, isLook: boolean): number {
    for (let fork = trail; fork !== undefined; fork = fork.before) {
      remove(this.tried, fork.bit);
      if (isLook) add(this.alive, fork.bit);
    }
    return end;
  }
}
