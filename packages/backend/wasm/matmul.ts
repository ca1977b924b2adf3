/**
 * Matrix products in WebAssembly (AssemblyScript), for the memory of tfjs-backend-wasm and several threads.
 *
 * C = A·B is cut into blocks, which threads take one after the other. Of A and B a block copies what it needs, in the
 * order in which the innermost loop reads it, so that any layout is as fast as any other; that loop keeps a tile of
 * 5 × 8 results in registers. A result is summed in the same order whoever computes it: threads change no bit.
 * @see Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication, §4.
 */

/** Rows and columns of a tile: ten vectors of sums, two of B and one of A fit the 15 registers that V8 uses. */
const tileRows: i32 = 5;
const tileColumns: i32 = 8;
/** Most rows of A, columns of B and terms of a sum that are copied at a time: 384 × 240 floats stay in a 512 KiB cache. */
const mostRows: i32 = 240;
const mostColumns: i32 = 480;
const mostDepth: i32 = 384;

/** Bytes of a thread's scratch memory: an edge tile, then the copies of A and B. */
export const scratchBytes: i32 =
  (tileRows * tileColumns + mostRows * mostDepth + mostDepth * mostColumns) * sizeof<f32>();

/** Products of matrices. Strides are in floats. */
@unmanaged
class Job {
  /** The block that is next. */
  next: i32;
  a: usize;
  b: usize;
  c: usize;
  /** How many products, and how many matrices A and B have: fewer are used in turn. */
  batch: i32;
  batchA: i32;
  batchB: i32;
  rows: i32;
  columns: i32;
  depth: i32;
  rowStrideA: i32;
  depthStrideA: i32;
  depthStrideB: i32;
  columnStrideB: i32;
  /** Size of a block of C: `plan` chooses it. */
  blockRows: i32;
  blockColumns: i32;
}

function floats(count: i32): usize {
  return (<usize>count) << 2;
}

function ceilDiv(x: i32, unit: i32): i32 {
  return (x + unit - 1) / unit;
}

/** a·b + c, rounded once where the processor can. */
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Copies lines into panels of `width`, zeros where the last has fewer: to[panel][depth][line]. */
function copyPanels(
  from: usize,
  lines: i32,
  depth: i32,
  lineStride: i32,
  depthStride: i32,
  width: i32,
  to: usize,
): void {
  for (let line = 0; line < ceilDiv(lines, width) * width; line++) {
    const panel = line / width;
    let target = to + floats(panel * width * depth + (line - panel * width));
    let source = from + floats(line * lineStride);
    for (let k = 0; k < depth; k++) {
      store<f32>(target, line < lines ? load<f32>(source) : 0);
      source += floats(depthStride);
      target += floats(width);
    }
  }
}

/** A panel of 8 columns that stand side by side. */
function copyRows(from: usize, depth: i32, depthStride: i32, to: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += floats(depthStride);
    to += 32;
  }
}

/** Four columns, each of which stands in one piece, of a panel of 8. */
function copyColumns(from: usize, depth: i32, columnStride: i32, to: usize): void {
  const next = floats(columnStride);
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    const c0 = v128.load(from);
    const c1 = v128.load(from + next);
    const c2 = v128.load(from + 2 * next);
    const c3 = v128.load(from + 3 * next);
    const low01 = i32x4.shuffle(c0, c1, 0, 4, 1, 5);
    const low23 = i32x4.shuffle(c2, c3, 0, 4, 1, 5);
    const high01 = i32x4.shuffle(c0, c1, 2, 6, 3, 7);
    const high23 = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
    v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
    v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 32);
    v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 64);
    v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 96);
    from += 16;
    to += 128;
  }
  for (; k < depth; k++) {
    for (let column = 0; column < 4; column++) {
      store<f32>(to + floats(column), load<f32>(from + <usize>column * next));
    }
    from += 4;
    to += 32;
  }
}

/** B's columns as panels of 8; one of the strides is 1. */
function copyRight(
  from: usize,
  columns: i32,
  depth: i32,
  depthStride: i32,
  columnStride: i32,
  to: usize,
): void {
  let column = 0;
  for (; column + tileColumns <= columns; column += tileColumns) {
    const source = from + floats(column * columnStride);
    if (columnStride === 1) copyRows(source, depth, depthStride, to);
    else {
      copyColumns(source, depth, columnStride, to);
      copyColumns(source + floats(4 * columnStride), depth, columnStride, to + 16);
    }
    to += floats(depth * tileColumns);
  }
  const left = columns - column;
  copyPanels(from + floats(column * columnStride), left, depth, columnStride, depthStride, tileColumns, to);
}

/** C = A·B, or C + A·B, for panels of 5 rows and 8 columns. */
function multiplyTile(a: usize, b: usize, depth: i32, c: usize, rowBytes: usize, adds: bool): void {
  const r1 = c + rowBytes;
  const r2 = r1 + rowBytes;
  const r3 = r2 + rowBytes;
  const r4 = r3 + rowBytes;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  if (adds) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(r1);
    c11 = v128.load(r1, 16);
    c20 = v128.load(r2);
    c21 = v128.load(r2, 16);
    c30 = v128.load(r3);
    c31 = v128.load(r3, 16);
    c40 = v128.load(r4);
    c41 = v128.load(r4, 16);
  }
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    a += 4 * tileRows;
    b += 4 * tileColumns;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(r1, c10);
  v128.store(r1, c11, 16);
  v128.store(r2, c20);
  v128.store(r2, c21, 16);
  v128.store(r3, c30);
  v128.store(r3, c31, 16);
  v128.store(r4, c40);
  v128.store(r4, c41, 16);
}

/** As `multiplyTile`, where fewer rows or columns are left: the tile is computed beside C. */
function multiplyEdge(
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  rowBytes: usize,
  adds: bool,
  edge: usize,
  rows: i32,
  columns: i32,
): void {
  if (adds) copyCorner(c, rowBytes, edge, 4 * tileColumns, rows, columns);
  multiplyTile(a, b, depth, edge, 4 * tileColumns, adds);
  copyCorner(edge, 4 * tileColumns, c, rowBytes, rows, columns);
}

function copyCorner(from: usize, fromBytes: usize, to: usize, toBytes: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      store<f32>(to + floats(column), load<f32>(from + floats(column)));
    }
    from += fromBytes;
    to += toBytes;
  }
}

/** A block of one product: `rows` × `columns` from (row, column) on. */
function multiplyBlock(job: Job, product: i32, row: i32, column: i32, scratch: usize): void {
  const rows = min(job.blockRows, job.rows - row);
  const columns = min(job.blockColumns, job.columns - column);
  const rowBytes = floats(job.columns);
  const a = job.a + floats((product % job.batchA) * job.rows * job.depth + row * job.rowStrideA);
  const b = job.b + floats((product % job.batchB) * job.depth * job.columns + column * job.columnStrideB);
  const c = job.c + floats((product * job.rows + row) * job.columns + column);
  const left = scratch + floats(tileRows * tileColumns);
  const right = left + floats(mostRows * mostDepth);
  const step = ceilDiv(job.depth, ceilDiv(job.depth, mostDepth));
  for (let k = 0; k < job.depth; k += step) {
    const depth = min(step, job.depth - k);
    copyPanels(
      a + floats(k * job.depthStrideA),
      rows,
      depth,
      job.rowStrideA,
      job.depthStrideA,
      tileRows,
      left,
    );
    copyRight(b + floats(k * job.depthStrideB), columns, depth, job.depthStrideB, job.columnStrideB, right);
    for (let j = 0; j < columns; j += tileColumns) {
      const panelB = right + floats(j * depth);
      for (let i = 0; i < rows; i += tileRows) {
        const panelA = left + floats(i * depth);
        const tile = c + <usize>i * rowBytes + floats(j);
        if (i + tileRows <= rows && j + tileColumns <= columns) {
          multiplyTile(panelA, panelB, depth, tile, rowBytes, k > 0);
        } else {
          multiplyEdge(
            panelA,
            panelB,
            depth,
            tile,
            rowBytes,
            k > 0,
            scratch,
            min(tileRows, rows - i),
            min(tileColumns, columns - j),
          );
        }
      }
    }
  }
}

/** One half, in whole tiles. */
function half(size: i32, unit: i32): i32 {
  return ceilDiv(size, 2 * unit) * unit;
}

/** Chooses blocks so small that each thread has two: one that is held up does not hold up the others. */
export function plan(address: usize, threads: i32): void {
  const job = changetype<Job>(address);
  let rows = min(job.rows, mostRows);
  let columns = min(job.columns, mostColumns);
  while (
    job.batch * ceilDiv(job.rows, rows) * ceilDiv(job.columns, columns) < 2 * threads &&
    (rows > tileRows || columns > tileColumns)
  ) {
    const isTall = rows > columns || columns <= tileColumns;
    if (isTall && rows > tileRows) rows = half(rows, tileRows);
    else columns = half(columns, tileColumns);
  }
  job.blockRows = rows;
  job.blockColumns = columns;
}

/**
 * Takes blocks of a job, one after the other, until none is left.
 *
 * @param address  where the job stands
 * @param scratch  `scratchBytes` of memory, of this thread alone
 */
export function work(address: usize, scratch: usize): void {
  const job = changetype<Job>(address);
  const across = ceilDiv(job.columns, job.blockColumns);
  const perProduct = across * ceilDiv(job.rows, job.blockRows);
  for (;;) {
    const block = atomic.add<i32>(address, 1, offsetof<Job>("next"));
    if (block >= job.batch * perProduct) return;
    const product = block / perProduct;
    const place = block - product * perProduct;
    multiplyBlock(
      job,
      product,
      (place / across) * job.blockRows,
      (place % across) * job.blockColumns,
      scratch,
    );
  }
}
