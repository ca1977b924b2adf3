import type { Budget } from "../budget.ts";
import { Text } from "./text.ts";
import { equals, isList, keyOf, typeName, Undefined, type Value } from "./values.ts";

/** Python's `item in container`. */
export const contains = (container: Value, item: Value, budget: Budget): boolean => {
  if (container instanceof Undefined) return false;
  if (container instanceof Map) return container.has(keyOf(item));
  if (isList(container)) return container.some((other) => equals(item, other, budget));
  if (container instanceof Text && item instanceof Text) {
    budget.search(container.value.length, item.value.length);
    return container.value.includes(item.value);
  }
  throw new Error(`can't look for ${typeName(item)} in ${typeName(container)}`);
};
