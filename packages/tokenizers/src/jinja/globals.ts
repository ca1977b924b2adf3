import type { Budget } from "./budget.ts";
import { readArguments } from "./library/arguments.ts";
import { formatTime } from "./library/format-time.ts";
import { textOf } from "./library/string-methods.ts";
import { Text } from "./values/text.ts";
import { type Callable, dictionaryOf, Namespace, numberOf, type Value } from "./values/values.ts";

const range =
  (budget: Budget): Callable =>
  ({ positional }) => {
    const numbers = positional.map(numberOf);
    if (numbers.length === 0 || numbers.some((number) => !Number.isInteger(number))) {
      throw new Error("range needs whole numbers");
    }
    const [first = 0, second, step = 1] = numbers;
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    if (step === 0) throw new Error("range has the step 0");
    const length = Math.max(0, Math.ceil((stop - start) / step));
    budget.step(length);
    return Array.from({ length }, (_, i) => start + i * step);
  };

const dictionary =
  (budget: Budget): Callable =>
  ({ positional: [source], named }) => {
    const given =
      source instanceof Map ? [...source.values()].map(({ key, value }) => [key, value] as const) : [];
    budget.step(given.length);
    return dictionaryOf([...given, ...[...named].map(([name, value]) => [Text.of(name), value] as const)]);
  };

const namespace: Callable = ({ positional: [source], named }) => {
  const result = new Namespace();
  if (source instanceof Map) {
    for (const { key, value } of source.values())
      if (key instanceof Text) result.attributes.set(key.value, value);
  }
  for (const [name, value] of named) result.attributes.set(name, value);
  return result;
};

const joiner =
  (): Callable =>
  ({ positional: [separator = Text.of(", ")] }) => {
    let isFirst = true;
    return () => {
      const result = isFirst ? Text.of("") : separator;
      isFirst = false;
      return result;
    };
  };

/** Functions that every template can call: jinja2's, and those that transformers adds. */
export const globalsFor = (budget: Budget): ReadonlyMap<string, Value> =>
  new Map<string, Value>([
    ["true", true],
    ["True", true],
    ["false", false],
    ["False", false],
    ["none", null],
    ["None", null],
    ["range", range(budget)],
    ["dict", dictionary(budget)],
    ["namespace", namespace],
    ["joiner", joiner()],
    [
      "raise_exception",
      ({ positional: [message = null] }) => {
        throw new Error(textOf(message, budget).value);
      },
    ],
    [
      "strftime_now",
      (args) => Text.of(formatTime(new Date(), readArguments("strftime_now", args).text(0, "format").value)),
    ],
  ]);
