import { parse, tokenize } from "@huggingface/jinja";

export interface Block {
  readonly body: readonly Node[];
}

export interface Name {
  readonly type: "Identifier";
  readonly value: string;
}

export interface Call {
  readonly type: "CallExpression";
  readonly callee: Node;
  readonly args: readonly Node[];
}

export interface NamedArgument {
  readonly type: "KeywordArgumentExpression";
  readonly key: Name;
  readonly value: Node;
}

export interface Slice {
  readonly type: "SliceExpression";
  readonly start?: Node;
  readonly stop?: Node;
  readonly step?: Node;
}

export interface For extends Block {
  readonly type: "For";
  readonly loopvar: Node;
  readonly iterable: Node;
  readonly defaultBlock: readonly Node[];
}

export interface Macro extends Block {
  readonly type: "Macro";
  readonly name: Name;
  readonly args: readonly Parameter[];
}

export interface CallStatement extends Block {
  readonly type: "CallStatement";
  readonly call: Call;
  readonly callerArgs: readonly Parameter[] | null;
}

export type Parameter = Name | NamedArgument;

/** The syntax tree that `@huggingface/jinja` makes of a template. */
export type Node =
  | Name
  | Call
  | NamedArgument
  | Slice
  | For
  | Macro
  | CallStatement
  | (Block & { readonly type: "Program" })
  | (Block & { readonly type: "If"; readonly test: Node; readonly alternate: readonly Node[] })
  | (Block & { readonly type: "Set"; readonly assignee: Node; readonly value: Node | null })
  | (Block & { readonly type: "FilterStatement"; readonly filter: Name | Call })
  | { readonly type: "Break" | "Continue" | "Comment" }
  | { readonly type: "IntegerLiteral" | "FloatLiteral"; readonly value: number }
  | { readonly type: "StringLiteral"; readonly value: string }
  | { readonly type: "ArrayLiteral" | "TupleLiteral"; readonly value: readonly Node[] }
  | { readonly type: "ObjectLiteral"; readonly value: ReadonlyMap<Node, Node> }
  | {
      readonly type: "MemberExpression";
      readonly object: Node;
      readonly property: Node;
      readonly computed: boolean;
    }
  | {
      readonly type: "BinaryExpression";
      readonly operator: { readonly value: string };
      readonly left: Node;
      readonly right: Node;
    }
  | {
      readonly type: "UnaryExpression";
      readonly operator: { readonly value: string };
      readonly argument: Node;
    }
  | { readonly type: "FilterExpression"; readonly operand: Node; readonly filter: Name | Call }
  | { readonly type: "TestExpression"; readonly operand: Node; readonly negate: boolean; readonly test: Name }
  | { readonly type: "SelectExpression"; readonly lhs: Node; readonly test: Node }
  | { readonly type: "Ternary"; readonly condition: Node; readonly trueExpr: Node; readonly falseExpr: Node }
  | { readonly type: "SpreadExpression" | "KeywordSpreadExpression"; readonly argument: Node };

/** Longest template, and longest run of spaces: the parser's patterns take quadratic time in such a run. */
const longest = 2 ** 18;
const longestSpace = 2 ** 10;

/** Parses a template. @throws Error when its syntax is wrong, it is too long or nests too deeply. */
export const parseTemplate = (template: string): readonly Node[] => {
  if (template.length > longest)
    throw new Error(`it has ${template.length} characters, at most ${longest} are read`);
  let run = 0;
  for (let i = 0; i < template.length; i++) {
    run = template[i]?.trim() === "" ? run + 1 : 0;
    if (run > longestSpace) throw new Error(`it has a run of more than ${longestSpace} spaces`);
  }
  const program = parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
  return program.body as unknown as readonly Node[];
};
