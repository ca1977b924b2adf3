import { createBudget, limitsFor } from "./budget.ts";
import { createExpressions } from "./expressions.ts";
import { globalsFor } from "./globals.ts";
import { type Node, parseTemplate } from "./nodes.ts";
import { Scope } from "./scope.ts";
import { createWriter } from "./statements.ts";
import { sizeOf } from "./values/convert.ts";
import { type Span, Text } from "./values/text.ts";
import type { Value } from "./values/values.ts";

/** A parsed chat template. */
export interface JinjaTemplate {
  /**
   * Runs the template.
   *
   * @returns the text, in parts that say which of the variables' texts they come from.
   * @throws Error when the template fails, refuses its variables, or takes too long.
   */
  render(variables: ReadonlyMap<string, Value>): readonly Span[];
}

/**
 * A Jinja template as transformers runs it: jinja2's semantics, with `trim_blocks`, `lstrip_blocks`, loop controls,
 * `raise_exception` and `strftime_now`. Each character of the result knows its source, and steps, characters and
 * nesting are bounded, so that a hostile template ends with an error.
 *
 * @see https://jinja.palletsprojects.com/en/stable/templates/
 */
export const createJinjaTemplate = (source: string): JinjaTemplate => {
  const nodes: readonly Node[] = parseTemplate(source);
  return {
    render: (variables) => {
      const sizes = [...variables.values()].map(sizeOf);
      const values = sizes.reduce((sum, size) => sum + size.values, 0);
      const characters = sizes.reduce((sum, size) => sum + size.characters, 0);
      const budget = createBudget(limitsFor({ values, characters }));
      const globals = new Scope();
      for (const [name, value] of [...globalsFor(budget), ...variables]) globals.set(name, value);
      const output: Text[] = [];
      createWriter(budget, createExpressions(budget)).run(nodes, new Scope(globals), output);
      return Text.join(output).spans;
    },
  };
};
