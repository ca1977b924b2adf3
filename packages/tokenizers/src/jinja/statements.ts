import type { Budget } from "./budget.ts";
import type { Expressions } from "./expressions.ts";
import { textOf } from "./library/string-methods.ts";
import type { CallStatement, For, Node, Parameter } from "./nodes.ts";
import { Scope } from "./scope.ts";
import { Text } from "./values/text.ts";
import {
  type Arguments,
  type Callable,
  dictionaryOf,
  isTrue,
  itemsOf,
  Namespace,
  typeName,
  Undefined,
  type Value,
} from "./values/values.ts";

/** How a block ended: at its end, or at a `break` or `continue` of the loop around it. */
type Ending = "end" | "break" | "continue";

type Output = Text[];

interface Writer {
  /** Runs a block and appends what it writes. Text that came before a `break` stays. */
  run(nodes: readonly Node[], scope: Scope, output: Output): Ending;
}

/** Steps that a round of a loop counts for: it makes about as many values. */
const costOfRound = 10;

const loopVariables = (items: readonly Value[], index: number): Value =>
  dictionaryOf(
    Object.entries({
      index: index + 1,
      index0: index,
      revindex: items.length - index,
      revindex0: items.length - index - 1,
      first: index === 0,
      last: index === items.length - 1,
      length: items.length,
      previtem: items[index - 1] ?? new Undefined("loop.previtem"),
      nextitem: items[index + 1] ?? new Undefined("loop.nextitem"),
      cycle: (({ positional }) => positional[index % positional.length] ?? null) as Callable,
    }).map(([name, value]) => [Text.of(name), value] as const),
  );

export const createWriter = (
  budget: Budget,
  { evaluate, evaluateArguments, filter }: Expressions,
): Writer => {
  const assign = (target: Node, value: Value, scope: Scope): void => {
    if (target.type === "Identifier") {
      scope.set(target.value, value);
      return;
    }
    if (target.type === "TupleLiteral") {
      const items = itemsOf(value, budget);
      if (items.length !== target.value.length) {
        throw new Error(`${items.length} values are assigned to ${target.value.length} names`);
      }
      for (const [i, name] of target.value.entries()) assign(name, items[i] as Value, scope);
      return;
    }
    if (target.type !== "MemberExpression") throw new Error(`${target.type} can't be assigned to`);
    const holder = evaluate(target.object, scope);
    if (!(holder instanceof Namespace))
      throw new Error(`${typeName(holder)} can't be changed, only a namespace can`);
    if (target.property.type !== "Identifier") throw new Error("an attribute of a namespace needs a name");
    holder.attributes.set(target.property.value, value);
  };

  const capture = (nodes: readonly Node[], scope: Scope): Text => {
    const output: Output = [];
    run(nodes, scope, output);
    const text = Text.join(output);
    budget.characters(text.value.length);
    return text;
  };

  const chosenItems = ({ iterable, loopvar }: For, scope: Scope): readonly Value[] => {
    if (iterable.type !== "SelectExpression") return itemsOf(evaluate(iterable, scope), budget);
    return itemsOf(evaluate(iterable.lhs, scope), budget).filter((item) => {
      const inner = new Scope(scope);
      assign(loopvar, item, inner);
      return isTrue(evaluate(iterable.test, inner));
    });
  };

  const runFor = (node: For, scope: Scope, output: Output): Ending => {
    const items = chosenItems(node, scope);
    if (items.length === 0) return run(node.defaultBlock, new Scope(scope), output);
    for (let index = 0; index < items.length; index++) {
      budget.step(costOfRound);
      const inner = new Scope(scope);
      inner.set("loop", loopVariables(items, index));
      assign(node.loopvar, items[index] as Value, inner);
      if (run(node.body, inner, output) === "break") break;
    }
    return "end";
  };

  const bind = (parameters: readonly Parameter[], { positional, named }: Arguments, scope: Scope): void => {
    const names = parameters.map(
      (parameter) => (parameter.type === "Identifier" ? parameter : parameter.key).value,
    );
    parameters.forEach((parameter, i) => {
      const name = names[i] as string;
      const given = i < positional.length ? positional[i] : named.get(name);
      const otherwise = () =>
        parameter.type === "Identifier" ? new Undefined(name) : evaluate(parameter.value, scope);
      scope.set(name, given ?? (given === null ? null : otherwise()));
    });
    scope.set("varargs", positional.slice(names.length));
    const others = [...named].filter(([name]) => !names.includes(name) && name !== "caller");
    scope.set("kwargs", dictionaryOf(others.map(([name, value]) => [Text.of(name), value] as const)));
    const caller = named.get("caller");
    if (caller !== undefined) scope.set("caller", caller);
  };

  const macro =
    (parameters: readonly Parameter[], body: readonly Node[], scope: Scope): Callable =>
    (args) => {
      const inner = new Scope(scope);
      bind(parameters, args, inner);
      return capture(body, inner);
    };

  const runCall = ({ call, callerArgs, body }: CallStatement, scope: Scope): Value => {
    const called = evaluate(call.callee, scope);
    if (typeof called !== "function") throw new Error(`${typeName(called)} can't be called`);
    const { positional, named } = evaluateArguments(call.args, scope);
    const caller = macro(callerArgs ?? [], body, scope);
    return budget.nested(() => called({ positional, named: new Map([...named, ["caller", caller]]) }));
  };

  const write = (value: Value, output: Output): Ending => {
    output.push(textOf(value, budget));
    return "end";
  };

  const runOne = (node: Node, scope: Scope, output: Output): Ending => {
    switch (node.type) {
      case "Comment":
        return "end";
      case "Break":
        return "break";
      case "Continue":
        return "continue";
      case "If":
        return run(isTrue(evaluate(node.test, scope)) ? node.body : node.alternate, scope, output);
      case "For":
        return runFor(node, scope, output);
      case "Set":
        assign(
          node.assignee,
          node.value === null ? capture(node.body, new Scope(scope)) : evaluate(node.value, scope),
          scope,
        );
        return "end";
      case "Macro":
        scope.set(node.name.value, macro(node.args, node.body, scope));
        return "end";
      case "CallStatement":
        return write(runCall(node, scope), output);
      case "FilterStatement":
        return write(filter(capture(node.body, new Scope(scope)), node.filter, scope), output);
      default:
        return write(evaluate(node, scope), output);
    }
  };

  const run = (nodes: readonly Node[], scope: Scope, output: Output): Ending => {
    for (const node of nodes) {
      budget.step();
      const ending = runOne(node, scope, output);
      if (ending !== "end") return ending;
    }
    return "end";
  };
  return { run };
};
