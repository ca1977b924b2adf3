/**
 * Sums in WebAssembly (AssemblyScript) of float32 numbers, added in float64 and rounded once at the end.
 */

/** The first two numbers of a vector. */
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two. */
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 1));
}

/** Sum of numbers that stand side by side, in eight chains of additions. */
function sumRun(x: usize, count: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    a = f64x2.add(a, low(first));
    b = f64x2.add(b, high(first));
    c = f64x2.add(c, low(second));
    d = f64x2.add(d, high(second));
    x += 32;
  }
  const sums = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; i < count; i++) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** Stores two pairs of sums as four quotients. */
function storeQuotients(to: usize, a: v128, b: v128, divisors: v128): void {
  const left = f32x4.demote_f64x2_zero(f64x2.div(a, divisors));
  const right = f32x4.demote_f64x2_zero(f64x2.div(b, divisors));
  v128.store(to, i64x2.shuffle(left, right, 0, 2));
}

/** 16 columns of [size, inner], which share a line of the cache. */
function sumSixteen(x: usize, size: i32, rowBytes: usize, divisor: f64, to: usize): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let e = f64x2.splat(0);
  let f = f64x2.splat(0);
  let g = f64x2.splat(0);
  let h = f64x2.splat(0);
  for (let row = 0; row < size; row++) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    const third = v128.load(x, 32);
    const fourth = v128.load(x, 48);
    a = f64x2.add(a, low(first));
    b = f64x2.add(b, high(first));
    c = f64x2.add(c, low(second));
    d = f64x2.add(d, high(second));
    e = f64x2.add(e, low(third));
    f = f64x2.add(f, high(third));
    g = f64x2.add(g, low(fourth));
    h = f64x2.add(h, high(fourth));
    x += rowBytes;
  }
  const divisors = f64x2.splat(divisor);
  storeQuotients(to, a, b, divisors);
  storeQuotients(to + 16, c, d, divisors);
  storeQuotients(to + 32, e, f, divisors);
  storeQuotients(to + 48, g, h, divisors);
}

/**
 * Sums of [outer, size, inner] over its middle, divided: [outer, inner].
 *
 * @param x   where the numbers stand
 * @param to  where the quotients go
 */
export function sumMiddle(x: usize, outer: i32, size: i32, inner: i32, divisor: f64, to: usize): void {
  const rowBytes = (<usize>inner) << 2;
  for (let block = 0; block < outer; block++) {
    let i = 0;
    for (; i + 16 <= inner; i += 16) {
      const column = (<usize>i) << 2;
      sumSixteen(x + column, size, rowBytes, divisor, to + column);
    }
    for (; i < inner; i++) {
      const column = (<usize>i) << 2;
      const sum = inner === 1 ? sumRun(x, size) : sumColumn(x + column, size, rowBytes);
      store<f32>(to + column, <f32>(sum / divisor));
    }
    x += <usize>size * rowBytes;
    to += rowBytes;
  }
}

function sumColumn(x: usize, size: i32, rowBytes: usize): f64 {
  let sum: f64 = 0;
  for (let row = 0; row < size; row++) {
    sum += <f64>load<f32>(x);
    x += rowBytes;
  }
  return sum;
}
