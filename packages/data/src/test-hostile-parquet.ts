/** Parquet files made to harm, for tests, with a small writer of the format's headers. */
import { brotliCompressSync, gzipSync } from "node:zlib";

type Field = readonly [id: number, value: Thrift];
type Thrift =
  | { readonly i32: number | bigint }
  | { readonly i64: number | bigint }
  | { readonly text: string | Uint8Array }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: readonly Field[] };

export interface HostileFile {
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
};
const zigzag = (value: number | bigint) => {
  const number = BigInt(value);
  return varint((number << 1n) ^ (number < 0n ? -1n : 0n));
};
const typeOf = (value: Thrift): number =>
  "i32" in value ? 5 : "i64" in value ? 6 : "text" in value ? 8 : "list" in value ? 9 : 12;
const encode = (value: Thrift): Buffer => {
  if ("i32" in value) return zigzag(value.i32);
  if ("i64" in value) return zigzag(value.i64);
  if ("text" in value)
    return Buffer.concat([varint(Buffer.from(value.text).length), Buffer.from(value.text)]);
  if ("list" in value) {
    const { length } = value.list;
    const head = (Math.min(length, 15) << 4) | (value.list[0] ? typeOf(value.list[0]) : 12);
    return Buffer.concat([
      Buffer.of(head),
      length > 14 ? varint(length) : Buffer.of(),
      ...value.list.map(encode),
    ]);
  }
  let last = 0;
  const fields = value.struct.map(([id, inner]) => {
    const head = Buffer.of(((id - last) << 4) | typeOf(inner));
    last = id;
    return Buffer.concat([head, encode(inner)]);
  });
  return Buffer.concat([...fields, Buffer.of(0)]);
};

type Count = number | bigint;
interface Column {
  readonly path?: readonly string[];
  readonly type?: number;
  readonly codec?: number;
  readonly values?: Count;
  readonly packed?: Count;
  readonly unpacked?: Count;
  readonly offset?: Count;
  readonly pages: readonly Buffer[];
}

const element = (
  name: string,
  { type, repetition = 1, children }: { type?: number; repetition?: number; children?: number } = {},
): Thrift => ({
  struct: [
    ...(type === undefined ? [] : [[1, { i32: type }] as const]),
    [3, { i32: repetition }],
    [4, { text: name }],
    ...(children === undefined ? [] : [[5, { i32: children }] as const]),
  ],
});

const file = (
  schema: readonly Thrift[],
  groups: readonly { readonly columns: readonly Column[]; readonly rows: Count }[],
  rows: Count,
): Buffer => {
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let at = 4;
  const rowGroups = groups.map(({ columns, rows: held }): Thrift => {
    const chunks = columns.map((column): Thrift => {
      const bytes = Buffer.concat(column.pages);
      const begin = at;
      parts.push(bytes);
      at += bytes.length;
      const meta: Field[] = [
        [1, { i32: column.type ?? 1 }],
        [2, { list: [{ i32: 0 }] }],
        [3, { list: (column.path ?? ["a"]).map((text) => ({ text })) }],
        [4, { i32: column.codec ?? 0 }],
        [5, { i64: column.values ?? held }],
        [6, { i64: column.unpacked ?? bytes.length }],
        [7, { i64: column.packed ?? bytes.length }],
        [9, { i64: column.offset ?? begin }],
      ];
      return {
        struct: [
          [2, { i64: begin }],
          [3, { struct: meta }],
        ],
      };
    });
    return {
      struct: [
        [1, { list: chunks }],
        [2, { i64: 1 }],
        [3, { i64: held }],
      ],
    };
  });
  const footer = encode({
    struct: [
      [1, { i32: 1 }],
      [2, { list: schema }],
      [3, { i64: rows }],
      [4, { list: rowGroups }],
    ],
  });
  return end(parts, footer);
};

const end = (parts: readonly Buffer[], footer: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from("PAR1")]);
};

interface PageOptions {
  readonly unpacked?: Count;
  readonly encoding?: number;
  readonly version?: 1 | 2;
  readonly levels?: number;
}
const page = (
  values: Count,
  content: Buffer,
  { unpacked, encoding = 0, version = 1, levels = 0 }: PageOptions = {},
): Buffer => {
  const sizes: Field[] = [
    [2, { i32: unpacked ?? content.length }],
    [3, { i32: content.length }],
  ];
  const header: Thrift =
    version === 1
      ? {
          struct: [
            [1, { i32: 0 }],
            ...sizes,
            [
              5,
              {
                struct: [1, 2, 3, 4].map(
                  (id) => [id, { i32: id === 1 ? values : id === 2 ? encoding : 3 }] as const,
                ),
              },
            ],
          ],
        }
      : {
          struct: [
            [1, { i32: 3 }],
            ...sizes,
            [
              8,
              {
                struct: [
                  [1, { i32: values }],
                  [2, { i32: values }],
                  [3, { i32: values }],
                  [4, { i32: encoding }],
                  [5, { i32: levels }],
                  [6, { i32: 0 }],
                ],
              },
            ],
          ],
        };
  return Buffer.concat([encode(header), content]);
};
const dictionary = (entries: Count, content: Buffer): Buffer =>
  Buffer.concat([
    encode({
      struct: [
        [1, { i32: 2 }],
        [2, { i32: content.length }],
        [3, { i32: content.length }],
        [
          7,
          {
            struct: [
              [1, { i32: entries }],
              [2, { i32: 0 }],
            ],
          },
        ],
      ],
    }),
    content,
  ]);

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const run = (count: Count, value = 0) => Buffer.concat([varint(BigInt(count) << 1n), Buffer.of(value)]);
const withLength = (bytes: Buffer) => Buffer.concat([u32(bytes.length), bytes]);

const root = (children: number) => element("root", { repetition: 0, children });
const flat = [root(1), element("a", { type: 1 })];
const texts = [root(1), element("a", { type: 6 })];
const awkward: readonly Count[] = [
  -1,
  0,
  1,
  2 ** 20,
  2 ** 31 - 1,
  2 ** 32,
  2 ** 53,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/** A column of nulls in equal pages. */
const nullColumn = (total: number, each: number, version: 1 | 2 = 1): Column => {
  const levels = version === 1 ? withLength(run(each)) : run(each);
  const one = page(each, levels, { version, levels: version === 1 ? 0 : levels.length });
  return { pages: new Array<Buffer>(Math.ceil(total / each)).fill(one), values: total };
};

const nulls = [4e5, 4e6, 4e7, 4e8, 4e9].flatMap((total) =>
  [1e5, 4e6, 1e7, 4e8]
    .filter((each) => each <= total && total / each <= 4000)
    .flatMap((each) =>
      ([1, 2] as const).map(
        (version): HostileFile => ({
          name: `${total} nulls in pages of ${each}, version ${version}`,
          bytes: () => file(flat, [{ columns: [nullColumn(total, each, version)], rows: total }], total),
        }),
      ),
    ),
);

const claims = awkward.flatMap((rows) =>
  awkward.slice(0, 6).map(
    (values): HostileFile => ({
      name: `claims ${rows} rows and ${values} values`,
      bytes: () => file(flat, [{ columns: [{ ...nullColumn(10, 10), values }], rows }], rows),
    }),
  ),
);

const places = awkward.flatMap((count) =>
  (["offset", "packed", "unpacked"] as const).map(
    (field): HostileFile => ({
      name: `${field} ${count}`,
      bytes: () => file(flat, [{ columns: [{ ...nullColumn(10, 10), [field]: count }], rows: 10 }], 10),
    }),
  ),
);

const pageSizes = awkward.flatMap((count): HostileFile[] => [
  {
    name: `a page of ${count} values`,
    bytes: () =>
      file(flat, [{ columns: [{ pages: [page(count, withLength(run(10)))], values: 10 }], rows: 10 }], 10),
  },
  {
    name: `a page that unpacks to ${count}`,
    bytes: () =>
      file(
        flat,
        [{ columns: [{ pages: [page(10, withLength(run(10)), { unpacked: count })], codec: 2 }], rows: 10 }],
        10,
      ),
  },
  {
    name: `a dictionary of ${count}`,
    bytes: () =>
      file(
        texts,
        [
          {
            columns: [
              {
                type: 6,
                pages: [
                  dictionary(count, withLength(Buffer.from("x"))),
                  page(10, Buffer.concat([withLength(run(10, 1)), Buffer.of(1), run(10)]), { encoding: 8 }),
                ],
              },
            ],
            rows: 10,
          },
        ],
        10,
      ),
  },
  {
    name: `a text of ${count} bytes`,
    bytes: () =>
      file(
        texts,
        [
          {
            columns: [
              {
                type: 6,
                pages: [
                  page(
                    1,
                    Buffer.concat([
                      withLength(run(1, 1)),
                      u32(Number(BigInt.asUintN(32, BigInt(count)))),
                      Buffer.from("x"),
                    ]),
                  ),
                ],
              },
            ],
            rows: 1,
          },
        ],
        1,
      ),
  },
]);

const widths = [0, 1, 7, 31, 32, 33, 64, 255].flatMap((width) =>
  [1, 10, 2 ** 20, 2 ** 31].map(
    (length): HostileFile => ({
      name: `indices of ${width} bits in a run of ${length}`,
      bytes: () =>
        file(
          texts,
          [
            {
              columns: [
                {
                  type: 6,
                  pages: [
                    dictionary(1, withLength(Buffer.from("x"))),
                    page(
                      10,
                      Buffer.concat([
                        withLength(run(10, 1)),
                        Buffer.of(width),
                        run(length, 255),
                        Buffer.alloc(8, 255),
                      ]),
                      { encoding: 8 },
                    ),
                  ],
                },
              ],
              rows: 10,
            },
          ],
          10,
        ),
    }),
  ),
);

const differences = [0, 1, 128, 2 ** 16, 2 ** 32].flatMap((block) =>
  [0, 1, 4, 2 ** 20].map(
    (parts): HostileFile => ({
      name: `differences in blocks of ${block} with ${parts} parts`,
      bytes: () =>
        file(
          flat,
          [
            {
              columns: [
                {
                  pages: [
                    page(
                      1000,
                      Buffer.concat([
                        withLength(run(1000, 1)),
                        varint(block),
                        varint(parts),
                        varint(1000),
                        varint(2),
                        Buffer.alloc(64, 255),
                      ]),
                      { encoding: 5 },
                    ),
                  ],
                },
              ],
              rows: 1000,
            },
          ],
          1000,
        ),
    }),
  ),
);

const packings: HostileFile[] = [10, 2 ** 16, 2 ** 24, 2 ** 27, 2 ** 31 - 1].flatMap((size) =>
  (
    [
      [2, gzipSync],
      [4, brotliCompressSync],
    ] as const
  ).map(([codec, pack]) => ({
    name: `zeros, packed by codec ${codec}, that claim to be ${size}`,
    bytes: () => {
      const content = pack(Buffer.alloc(Math.min(size, 2 ** 24)));
      return file(
        texts,
        [
          {
            columns: [{ type: 6, codec, unpacked: size, pages: [page(10, content, { unpacked: size })] }],
            rows: 10,
          },
        ],
        10,
      );
    },
  })),
);

const schemas: HostileFile[] = [
  ...[10, 64, 1000, 9000].map((depth) => ({
    name: `a schema ${depth} deep`,
    bytes: () => {
      const nodes = Array.from({ length: depth }, (_, i) =>
        element(`n${i}`, { children: 1, repetition: i % 3 }),
      );
      const path = [...Array.from({ length: depth }, (_, i) => `n${i}`), "a"];
      return file(
        [root(1), ...nodes, element("a", { type: 1 })],
        [{ columns: [{ ...nullColumn(10, 10), path }], rows: 10 }],
        10,
      );
    },
  })),
  ...awkward.map((children) => ({
    name: `a root of ${children} children`,
    bytes: () =>
      file(
        [
          {
            struct: [
              [4, { text: "root" }],
              [5, { i32: children }],
            ],
          },
          element("a", { type: 1 }),
        ],
        [{ columns: [nullColumn(10, 10)], rows: 10 }],
        10,
      ),
  })),
  ...[1000, 9999, 20_000].flatMap((count) =>
    [1, 1e6].map((rows) => ({
      name: `${count} columns of ${rows} nulls`,
      bytes: () => {
        const columns = Array.from({ length: count }, (_, i) => ({
          ...nullColumn(rows, rows),
          path: [`c${i}`],
        }));
        return file(
          [root(count), ...columns.map(({ path: [name = ""] }) => element(name, { type: 1 }))],
          [{ columns, rows }],
          rows,
        );
      },
    })),
  ),
  ...["__proto__", "constructor", "", "\u001b[2Jx", "x".repeat(1e6), "toString"].map((name) => ({
    name: `a column named ${name.slice(0, 12)}`,
    bytes: () =>
      file(
        [root(1), element(name, { type: 1 })],
        [{ columns: [{ ...nullColumn(10, 10), path: [name] }], rows: 10 }],
        10,
      ),
  })),
  {
    name: "two columns of one name",
    bytes: () =>
      file(
        [root(2), element("a", { type: 1 }), element("a", { type: 1 })],
        [{ columns: [nullColumn(10, 10), nullColumn(10, 10)], rows: 10 }],
        10,
      ),
  },
  ...[1e3, 1e5].map((count) => ({
    name: `${count} empty row groups`,
    bytes: () => file(flat, new Array(count).fill({ columns: [], rows: 0 }), 0),
  })),
  ...[1e3, 1e6].map((length) => ({
    name: `one row of ${length} values`,
    bytes: () => {
      const levels = Buffer.concat([
        withLength(Buffer.concat([run(1, 0), run(length - 1, 1)])),
        withLength(run(length, 0)),
      ]);
      return file(
        [root(1), element("a", { type: 1, repetition: 2 })],
        [{ columns: [{ pages: [page(length, levels)], values: length }], rows: 1 }],
        1,
      );
    },
  })),
];

const headers: HostileFile[] = [
  ...[1e3, 1e5, 2e6].map((count) => ({
    name: `a footer of ${count} empty structs`,
    bytes: () =>
      end(
        [Buffer.from("PAR1")],
        Buffer.concat([Buffer.of(0x29, 0xfc), varint(count), Buffer.alloc(count), Buffer.of(0)]),
      ),
  })),
  ...[10, 31, 33, 1e5, 1e6].flatMap((depth) =>
    [0x1c, 0x19].map((kind) => ({
      name: `a footer of ${kind} nested ${depth} deep`,
      bytes: () => end([Buffer.from("PAR1")], Buffer.alloc(depth, kind)),
    })),
  ),
  ...awkward.map((count) => ({
    name: `a footer with a list of ${count}`,
    bytes: () =>
      end([Buffer.from("PAR1")], Buffer.concat([Buffer.of(0x29, 0xfc), varint(count), Buffer.alloc(64)])),
  })),
  ...[0, 1, 8, 12, 2 ** 31, 2 ** 32 - 1].map((length) => ({
    name: `a footer of ${length} bytes`,
    bytes: () => Buffer.concat([Buffer.from("PAR1"), u32(length), Buffer.from("PAR1")]),
  })),
  {
    name: "an encrypted file",
    bytes: () => Buffer.concat([Buffer.from("PARE"), Buffer.alloc(20), Buffer.from("PARE")]),
  },
];

export const hostileParquet: readonly HostileFile[] = [
  nulls,
  claims,
  places,
  pageSizes,
  widths,
  differences,
  packings,
  schemas,
  headers,
].flat();
