/** Inputs that would take forever, or all memory, if nothing stopped them. */

const repeat = (text: string, count: number): string => text.repeat(count);
const nest = (open: string, inner: string, close: string, depth: number): string =>
  repeat(open, depth) + inner + repeat(close, depth);

type Named = readonly [name: string, template: string];

const sizes = [10, 1000, 1_000_000, 1_000_000_000, 9_007_199_254_740_991];

const loops = (): Named[] => [
  ...sizes.flatMap((n): Named[] => [
    [`range(${n})`, `{% for i in range(${n}) %}x{% endfor %}`],
    [`range(${n}) as a list`, `{{ range(${n}) | list | length }}`],
    [`range(0, ${n}, 3) in reverse`, `{{ (range(0, ${n}, 3) | reverse | list)[0] }}`],
    [`a text ${n} times`, `{{ ('ab' * ${n}) | length }}`],
    [`a list ${n} times`, `{{ ([1, 2] * ${n}) | length }}`],
    [`an indent of ${n}`, `{{ messages | tojson(indent=${n}) }}{{ 'a\nb' | indent(${n}) }}`],
  ]),
  ...[2, 4, 8, 16].map(
    (depth): Named => [
      `${depth} nested loops`,
      nest("{% for i in range(100) %}", "x", "{% endfor %}", depth),
    ],
  ),
  ...[2, 4, 8, 16].map(
    (depth): Named => [
      `${depth} nested loops that write nothing`,
      nest("{% for i in messages * 50 %}", "", "{% endfor %}", depth),
    ],
  ),
];

const chains = (): Named[] =>
  [5, 60, 1000].flatMap((n): Named[] => [
    [`${n} replacements by longer texts`, `{{ messages[0].content${repeat(".replace('a', 'aaaa')", n)} }}`],
    [`${n} replacements of nothing`, `{{ 'a'${repeat(" | replace('', 'bb')", n)} }}`],
    [`${n} doublings`, `{% set x = 'ab' %}${repeat("{% set x = x ~ x %}", n)}{{ x | length }}`],
    [`${n} doublings of a list`, `{% set x = [1] %}${repeat("{% set x = x + x %}", n)}{{ x | length }}`],
    [
      `${n} doublings in a namespace`,
      `{% set n = namespace(x='ab') %}${repeat("{% set n.x = n.x + n.x %}", n)}{{ n.x | length }}`,
    ],
    [
      `${n} lists of twice the same`,
      `{% set x = 'ab' %}${repeat("{% set x = [x, x] %}", n)}{{ x | tojson | length }}`,
    ],
    [
      `${n} dictionaries of twice the same`,
      `{% set x = 'ab' %}${repeat("{% set x = {'a': x, 'b': x} %}", n)}{{ x }}`,
    ],
    [
      `${n} equal lists of twice the same`,
      `{% set x = 'ab' %}{% set y = 'ab' %}${repeat("{% set x = [x, x] %}{% set y = [y, y] %}", n)}{{ x == y }}`,
    ],
    [`${n} times JSON of JSON`, `{{ '"'${repeat(" | tojson", n)} }}`],
    [`${n} times escaped`, `{{ '&' * 1000${repeat(" | e", n)} }}`],
    [
      `${n} joins`,
      `{% set x = messages[0].content %}${repeat("{% set x = x | join(x) %}", n)}{{ x | length }}`,
    ],
    [
      `${n} blocks of twice the block before`,
      `{% set x = 'ab' %}${repeat("{% set x %}{{ x }}{{ x }}{% endset %}", n)}{{ x }}`,
    ],
  ]);

const recursion = (): Named[] => [
  ["a macro that calls itself", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"],
  [
    "a macro that calls itself twice",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}",
  ],
  [
    "two macros that call each other",
    "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
  ],
  [
    "a macro that calls its caller",
    "{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}{% call f() %}{{ f() }}{% endcall %}{% endcall %}",
  ],
  ["a macro with a call of itself as default", "{% macro f(x=f()) %}{{ x }}{% endmacro %}{{ f() }}"],
  ["a macro that hands itself on", "{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}"],
  ["a namespace that holds itself", "{% set n = namespace() %}{% set n.n = n %}{{ n }}{{ n == n }}"],
  [
    "a namespace in a list in itself",
    "{% set n = namespace() %}{% set n.n = [n] %}{{ n.n }}{{ n.n == n.n }}{{ n.n | tojson }}",
  ],
  ...[10, 100, 1000, 20_000].flatMap((depth): Named[] => [
    [`${depth} brackets`, `{{ ${nest("(", "1", ")", depth)} }}`],
    [`${depth} lists`, `{{ ${nest("[", "1", "]", depth)} }}`],
    [`${depth} dictionaries`, `{{ ${nest("{'a':", "1", "}", depth)} | tojson }}`],
    [`${depth} times not`, `{{ ${repeat("not ", depth)} 1 }}`],
    [`${depth} times minus`, `{{ ${repeat("- ", depth)} 1 }}`],
    [`${depth} conditions`, nest("{% if 1 %}", "x", "{% endif %}", depth)],
    [`${depth} elifs`, `{% if 0 %}${repeat("{% elif 0 %}", depth)}{% endif %}`],
    [`${depth} sums`, `{{ 1${repeat(" + 1", depth)} }}`],
    [`${depth} concatenations`, `{{ ''${repeat(" ~ 'ab'", depth)} }}`],
    [`${depth} filters`, `{{ 'a'${repeat(" | upper", depth)} }}`],
    [`${depth} calls`, `{{ dict${repeat("()", depth)} }}`],
    [`${depth} members`, `{{ messages${repeat("[0]", depth)} }}`],
    [`${depth} ternaries`, `{{ ${repeat("0 if 0 else ", depth)}1 }}`],
    [`${depth} open blocks`, repeat("{% for x in messages %}", depth)],
  ]),
];

const work = (): Named[] => [
  ["sorting a long list", "{{ (range(100000) | list | sort(reverse=true))[0] }}"],
  [
    "a list grown item by item",
    "{% set n = namespace(x=[]) %}{% for i in range(100000) %}{% set n.x = n.x + [i] %}{% endfor %}{{ n.x | length }}",
  ],
  [
    "a text grown letter by letter",
    "{% set n = namespace(x='') %}{% for i in range(1000000) %}{% set n.x = n.x ~ 'abc' %}{% endfor %}{{ n.x | length }}",
  ],
  ["looking for each in all", "{% set l = range(100000) | list %}{% for i in l %}{{ i in l }}{% endfor %}"],
  [
    "looking for a text that nearly fits",
    "{% set a = 'a' * 1000000 %}{% set b = 'a' * 500000 ~ 'b' %}{{ b in a }}{{ a.count(b) }}{{ a.replace(b, '') }}",
  ],
  [
    "cutting a text in many places",
    "{{ ('a' * 1000000).split('a') | length }}{{ ('a ' * 1000000).split() | length }}",
  ],
  ["a text's letters", "{% for c in 'a' * 1000000 %}{% for d in 'a' * 1000000 %}x{% endfor %}{% endfor %}"],
  [
    "slices of a long text",
    "{% set x = 'ab' * 1000000 %}{% for i in range(1000000) %}{{ x[::-1] | length }}{% endfor %}",
  ],
  ["stripping by a long set", "{{ ('a' * 1000000).strip('b' * 1000000 ~ 'a') }}"],
  ["unique of many", "{{ (range(1000000) | unique | list) | length }}"],
  ["groups of many", "{{ (messages * 100000) | groupby('role') | length }}"],
  ["a power", "{{ 9 ** 999999 }}"],
  ["powers of powers", `{{ 9${repeat(" ** 9", 1000)} }}`],
  ["an int beyond all", `{{ ${repeat("9", 5000)} + 1 }}`],
  ["map over map", "{{ range(1000000) | map('string') | map('upper') | join | length }}"],
  ["select by select", `{{ range(1000)${repeat(" | map('string')", 5000)} | list }}`],
  ["many spaces", `a${repeat(" ", 200_000)}{% if x %}`],
  ["many spaces before a tag", `${repeat(" ", 200_000)}{%- generation %}`],
  ["many braces", repeat("{", 200_000)],
  ["many open comments", repeat("{#", 100_000)],
  ["many open tags", repeat("{%", 100_000)],
  ["a long name", `{{ ${repeat("a", 200_000)} }}`],
  ["a long filter name", `{{ 1 | ${repeat("a", 200_000)} }}`],
  ["a long error", "{{ raise_exception('x' * 10000000) }}"],
  ["a long template", repeat("{{ 1 }}", 1_000_000)],
  ["joiners", "{% for i in range(10000000) %}{% set j = joiner() %}{{ j() }}{% endfor %}"],
  ["dates", "{% for i in range(10000000) %}{{ strftime_now('%Y%Y%Y' * 1000) }}{% endfor %}"],
];

/** Templates with what they do. */
export const hostileTemplates: readonly Named[] = [...loops(), ...chains(), ...recursion(), ...work()];

const atoms = ["a", "(?:a|aa)", "(?:a|a)", "[ab]", "\\p{L}", "(?:a|b|ab)", "(?:a?b?)", "a{1,3}"];
const endings = ["b", "$", "(?!a)", "\\P{L}", "(?<=b)c", "x|a"];

/** Patterns that engines with plain backtracking take exponential or quadratic time for, and some beyond all bounds. */
export const hostilePatterns: readonly string[] = [
  ...atoms.flatMap((atom) => endings.flatMap((end) => [`(?:${atom})*${end}`, `(?:(?:${atom})+)+${end}`])),
  ...endings.flatMap((end) => [
    `${repeat("a*", 7)}${end}`,
    `${repeat("a?", 30)}${repeat("a", 30)}${end}`,
    `${repeat("(?:", 12)}a${repeat("+)", 12)}+${end}`,
    `(?:.*a){12}${end}`,
    `(?=(?:a|aa)*b)a${end}`,
    `(?<=(?:a|aa)*)b${end}`,
    `(?:a+|b+|ab)*?${end}`,
    `\\s*\\s*\\s*${end}`,
  ]),
  "(?:a|aa)*b",
  "a*a*a*a*a*a*b",
  "(a+)+\\1",
  "(?:a{1,100}){1,100}",
  "(?:(?:a{1,50}){1,50}){1,50}",
  "a{1,1000000}",
  "a{0,2000}a{0,2000}b",
  `${repeat("(", 500)}a${repeat(")", 500)}`,
  `${repeat("[", 300)}a${repeat("]", 300)}`,
  repeat("a|", 2000),
  repeat("(?=", 80) + repeat(")", 80),
  repeat("x*", 2000),
  "(?:)*",
  "(?:a*)*",
  "(?:a|)*b",
  "^*",
  "(",
  "[z-a]",
  "\\",
  "(?<name>a)\\k<name>",
  "(?i:a+)+B",
  "a**",
  "a++b",
  "(?>a+)b",
  "\\b\\w+\\b",
  "\\p{Nonsense}",
  "[\\p{L}&&[^a]]+",
  "",
];

const letters = (): Record<string, number> =>
  Object.fromEntries(Array.from({ length: 256 }, (_, i) => [String.fromCodePoint(i < 33 ? 256 + i : i), i]));

const file = (more: object): string =>
  JSON.stringify({
    model: { type: "BPE", vocab: letters(), merges: [] },
    decoder: { type: "ByteLevel" },
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
    ...more,
  });

const added = (content: string, id: number, more: object = {}) => ({
  id,
  content,
  special: false,
  normalized: false,
  ...more,
});
const replaceBy = (from: string, to: string) => ({ type: "Replace", pattern: { String: from }, content: to });
const normalizers = (parts: readonly object[]) => ({ normalizer: { type: "Sequence", normalizers: parts } });
const nestedJson = (key: string, list: string, depth: number, inner: string): string =>
  `{"${key}":${nest(`{"type":"Sequence","${list}":[`, inner, "]}", depth)}`;

const chainOfMerges = (length: number) => {
  const vocab = letters();
  const merges: string[] = [];
  for (let i = 1; i < length; i++) {
    vocab["a".repeat(i + 1)] = 256 + i;
    merges.push(`${"a".repeat(i)} a`);
  }
  return { model: { type: "BPE", vocab, merges } };
};

/** Files of tokenizers with what is wrong with them; each is made when it is used. */
export const hostileTokenizers: readonly (readonly [name: string, file: () => string])[] = [
  ...[2, 10, 64, 1000].flatMap((n) => [
    [`${n} replacements that double`, () => file(normalizers(Array(n).fill(replaceBy("a", "aa"))))] as const,
    [
      `${n} replacements by 64 letters`,
      () => file(normalizers(Array(n).fill(replaceBy("a", "a".repeat(64))))),
    ] as const,
    [
      `${n} letters put in front`,
      () => file(normalizers(Array(n).fill({ type: "Prepend", prepend: "a".repeat(64) }))),
    ] as const,
    [`${n} decompositions`, () => file(normalizers(Array(n).fill({ type: "NFKD" })))] as const,
    [
      `${n} splits`,
      () =>
        file({
          pre_tokenizer: {
            type: "Sequence",
            pretokenizers: Array(n).fill({
              type: "Split",
              pattern: { Regex: "a*b|a" },
              behavior: "Isolated",
            }),
          },
        }),
    ] as const,
    [
      `${n} Metaspaces`,
      () =>
        file({
          pre_tokenizer: {
            type: "Sequence",
            pretokenizers: Array(n).fill({ type: "Metaspace", replacement: "a" }),
          },
        }),
    ] as const,
    [
      `${n} nested normalizers`,
      () =>
        `${nestedJson("normalizer", "normalizers", n, '{"type":"NFC"}')},"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"decoder":{"type":"ByteLevel"}}`,
    ] as const,
    [
      `${n} nested pre-tokenizers`,
      () =>
        `${nestedJson("pre_tokenizer", "pretokenizers", n, '{"type":"ByteLevel"}')},"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"decoder":{"type":"ByteLevel"}}`,
    ] as const,
    [`${n} merges of one letter`, () => file(chainOfMerges(n))] as const,
  ]),
  ["a replacement by a long text", () => file(normalizers([replaceBy("a", "b".repeat(1_000_000))]))],
  ["a million levels of JSON", () => nest('{"model":', "1", "}", 1_000_000)],
  ["an added token of 300,000 spaces", () => file({ added_tokens: [added(" ".repeat(300_000), 256)] })],
  [
    "many added tokens of spaces",
    () => file({ added_tokens: Array.from({ length: 250 }, (_, i) => added(" ".repeat(i + 1), 256 + i)) }),
  ],
  [
    "an added token that strips",
    () => file({ added_tokens: [added("\n", 256, { lstrip: true, rstrip: true })] }),
  ],
  [
    "many equal added tokens",
    () => file({ added_tokens: Array.from({ length: 10_000 }, (_, i) => added("ab", 256 + i)) }),
  ],
  [
    "an added token that normalizes to nothing",
    () =>
      file({
        added_tokens: [added(" ", 256, { normalized: true })],
        ...normalizers([{ type: "Strip", strip_left: true, strip_right: true }]),
      }),
  ],
  [
    "a token of a million letters",
    () => file({ model: { type: "BPE", vocab: { ...letters(), ["a".repeat(1_000_000)]: 256 }, merges: [] } }),
  ],
  [
    "merges in a circle",
    () => file({ model: { type: "BPE", vocab: { a: 0, aa: 1, aaa: 2 }, merges: ["a a", "aa a", "a aa"] } }),
  ],
  [
    "merges of nothing",
    () =>
      file({
        model: {
          type: "BPE",
          vocab: { a: 0, "": 1 },
          merges: [
            ["", "a"],
            ["a", ""],
            ["", ""],
          ],
        },
      }),
  ],
  [
    "merges with an empty side as text",
    () => file({ model: { type: "BPE", vocab: { a: 0, "": 1 }, merges: [" a", "a ", " "] } }),
  ],
];
