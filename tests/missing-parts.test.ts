/** Plain JavaScript has no types: what is missing or misspelt is named, with what was got. */
import { createA2c } from "@accord-rl/a2c";
import { InvalidArgumentError } from "@accord-rl/core";
import { adam, adamW, rmsProp, sgd } from "@accord-rl/learning";
import { createPpo } from "@accord-rl/ppo";
import { expect, test } from "vitest";

test.each(Object.entries({ adam, adamW, rmsProp, sgd }))("%s without its learning rate", (name, create) => {
  const misspelt = () => create({ lr: 1e-3 } as never);
  expect(misspelt).toThrow(InvalidArgumentError);
  expect(misspelt).toThrow(`${name}: learningRate is missing, expected learningRate; got lr`);
});

test.each(Object.entries({ createPpo, createA2c }))("%s without policy or optimizer", (name, create) => {
  expect(() => create({} as never)).toThrow(
    `${name}: policy is missing, expected policy, optimizer; got nothing`,
  );
  expect(() => create({ policy: {} } as never)).toThrow(`${name}: optimizer is missing`);
});
