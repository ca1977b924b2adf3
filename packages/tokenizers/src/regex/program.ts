import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { type CharacterTest, createCharacterTests } from "./character-test.ts";

/** A step of a compiled pattern. `next` and the like are positions of steps. */
export type Step =
  | { readonly type: "character"; readonly test: CharacterTest; readonly isBackward: boolean }
  /** Tries `first`, then `second`. `index` counts the forks of a program. */
  | { readonly type: "fork"; first: number; second: number; readonly index: number }
  | { readonly type: "jump"; next: number }
  /** Goes on only where the steps from `body` to a `match` fit, or don't. */
  | { readonly type: "look"; readonly body: number; next: number; readonly isNegated: boolean }
  | { readonly type: "edge"; readonly isStart: boolean }
  | { readonly type: "match" };

export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  readonly forks: number;
  /** Whether it looks ahead or behind. */
  readonly looks: boolean;
}

/** Most steps of a program. Repetitions with a count are written out. */
const mostSteps = 5000;
const deepest = 100;

type Body = AST.Element | AST.Alternative | AST.Pattern;

/** Whether a part of a pattern can match nothing at all. */
const canBeEmpty = (node: Body): boolean => {
  switch (node.type) {
    case "Pattern":
    case "Group":
    case "CapturingGroup":
      return node.alternatives.some(canBeEmpty);
    case "Alternative":
      return node.elements.every(canBeEmpty);
    case "Quantifier":
      return node.min === 0 || canBeEmpty(node.element);
    case "Assertion":
      return true;
    default:
      return false;
  }
};

class Compiler {
  readonly steps: Step[] = [];
  forks = 0;
  private readonly testOf = createCharacterTests();
  private depth = 0;

  add(step: Step): number {
    if (this.steps.length >= mostSteps) throw new Error(`it has more than ${mostSteps} parts`);
    return this.steps.push(step) - 1;
  }

  private fork(isLazy: boolean): (inside: number, outside: number) => void {
    const step = { type: "fork" as const, first: 0, second: 0, index: this.forks++ };
    this.add(step);
    return (inside, outside) => {
      [step.first, step.second] = isLazy ? [outside, inside] : [inside, outside];
    };
  }

  /** Appends steps for a part of the pattern; they run into what is appended next. */
  compile(node: Body, isBackward: boolean): void {
    if (++this.depth > deepest) throw new Error(`it nests more than ${deepest} deep`);
    switch (node.type) {
      case "Pattern":
      case "Group":
      case "CapturingGroup":
        if (node.type === "Group" && node.modifiers) throw new Error("it has modifiers");
        this.alternatives(node.alternatives, isBackward);
        break;
      case "Alternative":
        for (const element of isBackward ? node.elements.toReversed() : node.elements) {
          this.compile(element, isBackward);
        }
        break;
      case "Quantifier":
        this.repeat(node, isBackward);
        break;
      case "Assertion":
        this.assertion(node);
        break;
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        this.add({ type: "character", test: this.testOf(node.raw), isBackward });
        break;
      default:
        throw new Error(`it has a ${node.type}`);
    }
    this.depth--;
  }

  private alternatives(nodes: readonly AST.Alternative[], isBackward: boolean): void {
    const jumps: { type: "jump"; next: number }[] = [];
    for (const [i, node] of nodes.entries()) {
      if (i === nodes.length - 1) {
        this.compile(node, isBackward);
        break;
      }
      const fork = this.fork(false);
      const first = this.steps.length;
      this.compile(node, isBackward);
      const jump = { type: "jump" as const, next: 0 };
      this.add(jump);
      jumps.push(jump);
      fork(first, this.steps.length);
    }
    for (const jump of jumps) jump.next = this.steps.length;
  }

  private repeat({ min, max, greedy, element }: AST.Quantifier, isBackward: boolean): void {
    for (let i = 0; i < min; i++) this.compile(element, isBackward);
    if (max === Number.POSITIVE_INFINITY) {
      if (canBeEmpty(element)) throw new Error("it repeats without end what can be empty");
      const loop = this.steps.length;
      const fork = this.fork(!greedy);
      this.compile(element, isBackward);
      this.add({ type: "jump", next: loop });
      fork(loop + 1, this.steps.length);
      return;
    }
    const forks: (() => void)[] = [];
    for (let i = min; i < max; i++) {
      const fork = this.fork(!greedy);
      const inside = this.steps.length;
      forks.push(() => fork(inside, this.steps.length));
      this.compile(element, isBackward);
    }
    for (const close of forks) close();
  }

  private assertion(node: AST.Assertion): void {
    if (node.kind === "word") throw new Error("it has a word boundary");
    if (!("alternatives" in node)) {
      this.add({ type: "edge", isStart: node.kind === "start" });
      return;
    }
    const look = { type: "look" as const, body: this.steps.length + 1, next: 0, isNegated: node.negate };
    this.add(look);
    this.alternatives(node.alternatives, node.kind === "lookbehind");
    this.add({ type: "match" });
    look.next = this.steps.length;
  }
}

/** Compiles a pattern of JavaScript's, with the flag "u". @throws Error when it has parts that need backtracking. */
export const compilePattern = (source: string): Program => {
  const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, {
    unicode: true,
  });
  const compiler = new Compiler();
  compiler.compile(pattern, false);
  compiler.add({ type: "match" });
  return {
    steps: compiler.steps,
    start: 0,
    forks: compiler.forks,
    looks: compiler.steps.some(({ type }) => type === "look"),
  };
};
