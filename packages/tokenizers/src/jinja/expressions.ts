import type { Budget } from "./budget.ts";
import { applyFilter } from "./library/filters.ts";
import { itemAt, memberNamed, sliceOf } from "./library/members.ts";
import { runTest } from "./library/tests.ts";
import type { Call, Name, Node } from "./nodes.ts";
import { operate } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { Text } from "./values/text.ts";
import {
  type Arguments,
  dictionaryOf,
  Float,
  isTrue,
  itemsOf,
  numberOf,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./values/values.ts";

/** Gives expressions their values. */
export interface Expressions {
  evaluate(node: Node, scope: Scope): Value;
  evaluateArguments(nodes: readonly Node[], scope: Scope): Arguments;
  /** Applies the filter that a node names. */
  filter(value: Value, node: Name | Call, scope: Scope): Value;
}

type Member = Extract<Node, { type: "MemberExpression" }>;
type Binary = Extract<Node, { type: "BinaryExpression" }>;
type Unary = Extract<Node, { type: "UnaryExpression" }>;

const negate = (value: Value, operator: string): Value => {
  const number = numberOf(value);
  if (number === undefined) throw new Error(`${operator} can't be used with ${typeName(value)}`);
  const result = operator === "-" ? -number : number;
  return value instanceof Float ? new Float(result) : result;
};

export const createExpressions = (budget: Budget): Expressions => {
  const evaluateArguments = (nodes: readonly Node[], scope: Scope): Arguments => {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const node of nodes) {
      if (node.type === "KeywordArgumentExpression") named.set(node.key.value, evaluate(node.value, scope));
      else if (node.type === "SpreadExpression") {
        for (const item of itemsOf(evaluate(node.argument, scope), budget)) positional.push(item);
      } else if (node.type === "KeywordSpreadExpression") {
        const given = evaluate(node.argument, scope);
        if (!(given instanceof Map)) throw new Error(`** can't be used with ${typeName(given)}`);
        budget.step(given.size);
        for (const { key, value } of given.values()) if (key instanceof Text) named.set(key.value, value);
      } else positional.push(evaluate(node, scope));
    }
    return { positional, named };
  };

  const filter = (value: Value, node: Name | Call, scope: Scope): Value => {
    if (node.type === "Identifier")
      return applyFilter(node.value, value, { positional: [], named: new Map() }, budget);
    if (node.callee.type !== "Identifier") throw new Error("a filter has no name");
    return applyFilter(node.callee.value, value, evaluateArguments(node.args, scope), budget);
  };

  const member = ({ object, property, computed }: Member, scope: Scope): Value => {
    const value = evaluate(object, scope);
    if (property.type === "SliceExpression") {
      const bounds = [property.start, property.stop, property.step];
      return sliceOf(
        value,
        bounds.map((bound) => bound && evaluate(bound, scope)),
        budget,
      );
    }
    if (!computed && property.type === "Identifier") return memberNamed(value, property.value, budget);
    return itemAt(value, evaluate(property, scope), budget);
  };

  const binary = ({ operator, left, right }: Binary, scope: Scope): Value => {
    const first = evaluate(left, scope);
    if (operator.value === "and") return isTrue(first) ? evaluate(right, scope) : first;
    if (operator.value === "or") return isTrue(first) ? first : evaluate(right, scope);
    return operate(operator.value, first, evaluate(right, scope), budget);
  };

  const unary = ({ operator, argument }: Unary, scope: Scope): Value => {
    const value = evaluate(argument, scope);
    return operator.value === "not" ? !isTrue(value) : negate(value, operator.value);
  };

  const call = ({ callee, args }: Call, scope: Scope): Value => {
    const called = evaluate(callee, scope);
    if (typeof called !== "function") throw new Error(`${typeName(called)} can't be called`);
    const given = evaluateArguments(args, scope);
    return budget.nested(() => called(given));
  };

  const evaluate = (node: Node, scope: Scope): Value => {
    budget.step();
    switch (node.type) {
      case "Identifier":
        return scope.get(node.value);
      case "StringLiteral":
        return Text.of(node.value);
      case "IntegerLiteral":
        return node.value;
      case "FloatLiteral":
        return new Float(node.value);
      case "ArrayLiteral":
        return node.value.map((item) => evaluate(item, scope));
      case "TupleLiteral":
        return Tuple.from<Node, Value>(node.value, (item) => evaluate(item, scope)) as Tuple;
      case "ObjectLiteral":
        return dictionaryOf(
          Array.from(node.value, ([key, item]) => [evaluate(key, scope), evaluate(item, scope)] as const),
        );
      case "MemberExpression":
        return member(node, scope);
      case "CallExpression":
        return call(node, scope);
      case "UnaryExpression":
        return unary(node, scope);
      case "BinaryExpression":
        return binary(node, scope);
      case "FilterExpression":
        return filter(evaluate(node.operand, scope), node.filter, scope);
      case "TestExpression":
        return runTest(node.test.value, evaluate(node.operand, scope), null, budget) !== node.negate;
      case "SelectExpression":
        return isTrue(evaluate(node.test, scope))
          ? evaluate(node.lhs, scope)
          : new Undefined("a condition without else");
      case "Ternary":
        return evaluate(isTrue(evaluate(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
      default:
        throw new Error(`${node.type} is no expression`);
    }
  };
  return { evaluate, evaluateArguments, filter };
};
