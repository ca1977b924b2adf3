import { Text } from "../values/text.ts";
import { type Arguments, isTrue, numberOf, typeName, type Value } from "../values/values.ts";

/** Reads a call's arguments by position or name. */
export interface ArgumentReader {
  /** The value; undefined where it is not given. */
  value(index: number, name: string): Value | undefined;
  text(index: number, name: string): Text;
  /** A text where one is given; none counts as not given. */
  optionalText(index: number, name: string): Text | undefined;
  integer(index: number, name: string, otherwise: number): number;
  flag(index: number, name: string, otherwise: boolean): boolean;
}

/** @param where  the function's name, for errors */
export const readArguments = (where: string, { positional, named }: Arguments): ArgumentReader => {
  const value = (index: number, name: string) => positional[index] ?? named.get(name);
  const given = (index: number, name: string) => {
    const found = index < positional.length ? positional[index] : named.get(name);
    return found === null ? undefined : found;
  };
  const optionalText = (index: number, name: string): Text | undefined => {
    const found = given(index, name);
    if (found === undefined || found instanceof Text) return found;
    throw new Error(`${where} got ${typeName(found)} as ${name}, expected a string`);
  };
  return {
    value: (index, name) => (index < positional.length ? (positional[index] as Value) : value(index, name)),
    optionalText,
    text: (index, name) => {
      const found = optionalText(index, name);
      if (found === undefined) throw new Error(`${where} needs ${name}`);
      return found;
    },
    integer: (index, name, otherwise) => {
      const found = given(index, name);
      const number = found === undefined ? otherwise : numberOf(found);
      if (number === undefined || !Number.isInteger(number)) {
        throw new Error(`${where} got a ${name} that is no whole number`);
      }
      return number;
    },
    flag: (index, name, otherwise) => {
      const found = value(index, name);
      return found === undefined ? otherwise : isTrue(found);
    },
  };
};
