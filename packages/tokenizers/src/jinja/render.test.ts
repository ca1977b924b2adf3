import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/chat-templates.json" with { type: "json" };
import { createJinjaTemplate } from "./render.ts";
import { toValue } from "./values/convert.ts";
import { type Span, Text } from "./values/text.ts";
import { dictionaryOf, type Value } from "./values/values.ts";

interface Message {
  readonly role: string;
  readonly content: string;
}

const { contents, expressions, kinds, templates, variables } = golden.inputs;

const messagesOf = (messages: readonly Message[]): Value =>
  messages.map(({ role, content }, index) =>
    dictionaryOf([
      [Text.of("role"), Text.of(role)],
      [Text.of("content"), Text.of(content, index)],
    ]),
  );

const withContent = (messages: readonly Message[], content: string): Message[] =>
  messages.map(({ role }) => ({ role, content }));

const run = (template: string, messages: readonly Message[], more: object = {}): readonly Span[] => {
  const given = Object.entries({ ...variables, ...more }).map(
    ([name, value]) => [name, toValue(value)] as const,
  );
  return createJinjaTemplate(template).render(new Map([...given, ["messages", messagesOf(messages)]]));
};

/** The text; null where the template refuses. */
const textOf = (...args: Parameters<typeof run>): string | null => {
  try {
    return run(...args)
      .map(({ text }) => text)
      .join("");
  } catch {
    return null;
  }
};

describe("templates write as transformers writes them, whatever the contents are", () => {
  it.each(Object.entries(golden.outputs.templates))("%s", (name, outputs) => {
    for (const [kind, rows] of Object.entries(outputs)) {
      const { messages, add_generation_prompt } = kinds[kind as keyof typeof kinds];
      rows.forEach((expected, i) => {
        const template = templates[name as keyof typeof templates];
        const text = textOf(template, withContent(messages, contents[i] as string), {
          add_generation_prompt,
        });
        expect(text, `${kind}, ${JSON.stringify(contents[i])}`).toBe(expected);
      });
    }
  });
});

describe("expressions over contents have jinja2's values", () => {
  it.each(expressions.map((expression, i) => ({ expression, rows: golden.outputs.expressions[i] ?? [] })))(
    "$expression",
    ({ expression, rows }) => {
      const template = `{% set s = messages[0].content %}{{ ${expression} }}`;
      rows.forEach((expected, i) => {
        const messages = withContent(kinds.long.messages, contents[i] as string);
        expect(textOf(template, messages), JSON.stringify(contents[i])).toBe(expected);
      });
    },
  );
});

describe("each character knows where it comes from", () => {
  const messages = [
    { role: "user", content: "<a> b <a>" },
    { role: "assistant", content: "ÄÖ\n<a>" },
  ];
  it.each([
    { template: "<a>{{ messages[0].content }}<a>", marked: "<a>[0:<a> b <a>]<a>" },
    { template: "{{ messages[0].content | replace('<a>', '<b>') }}", marked: "<b>[0: b ]<b>" },
    {
      template: "{{ messages[1].content | lower ~ messages[0].content[1:4] }}",
      marked: "[1:äö\n<a>][0:a> ]",
    },
    { template: "{{ messages[1].content | tojson }}", marked: '"[1:ÄÖ\\n<a>]"' },
    { template: "{{ messages[0].content.split() | join('<a>') }}", marked: "[0:<a>]<a>[0:b]<a>[0:<a>]" },
    { template: "{% set x %}<{{ messages[1].content[4:5] }}>{% endset %}{{ x | trim }}", marked: "<[1:a]>" },
    { template: "{% filter upper %}<a>{{ messages[0].content }}{% endfilter %}", marked: "<A>[0:<A> B <A>]" },
    {
      template: "{% macro f(x) %}<{{ x * 2 }}>{% endmacro %}{{ f(messages[0].content[:1]) }}",
      marked: "<[0:<<]>",
    },
    { template: "{{ messages[0].content | reverse }}", marked: "[0:>a< b >a<]" },
    { template: "{{ messages[1].content | indent }}", marked: "[1:ÄÖ]\n    [1:<a>]" },
    { template: "{{ [messages[0].content] }}", marked: "['[0:<a> b <a>]']" },
    {
      template: "{% for c in messages[0].content %}{{ c }}{% if loop.last %}<a>{% endif %}{% endfor %}",
      marked: "[0:<a> b <a>]<a>",
    },
  ])("$template", ({ template, marked }) => {
    const spans = run(template, messages);
    expect(spans.map(({ text, source }) => (source < 0 ? text : `[${source}:${text}]`)).join("")).toBe(
      marked,
    );
  });
});
