let refuseDraw: (() => never) | undefined;

/** Runs `fn`; where a `Random` is drawn from meanwhile, `refuse` throws: what is drawn would stay the same for ever. */
export const withoutDraws = <Result>(refuse: () => never, fn: () => Result): Result => {
  const outer = refuseDraw;
  refuseDraw = refuse;
  try {
    return fn();
  } finally {
    refuseDraw = outer;
  }
};

/** To be called before each draw. */
export const checkDraw = (): void => refuseDraw?.();
