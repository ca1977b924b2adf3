/**
 * Says which inputs made a function be recorded over and over.
 *
 * @param shapes  of the inputs at each recording: "float32[8,32]" each.
 */
export const describeRetraces = (
  name: string,
  shapes: readonly (readonly string[])[],
  inputNames: readonly string[] | undefined,
): string => {
  const count = Math.max(...shapes.map(({ length }) => length));
  const changing = Array.from({ length: count }, (_, i) => ({
    input: inputNames?.[i] ?? `number ${i + 1}`,
    seen: [...new Set(shapes.map((signature) => signature[i] ?? "nothing"))],
  })).filter(({ seen }) => seen.length > 1);
  const described = changing
    .slice(0, 3)
    .map(({ input, seen }) => `${input} (${seen.slice(-4).join(", ")}${seen.length > 4 ? ", …" : ""})`);
  const more = changing.length > 3 ? ` and ${changing.length - 3} more` : "";
  return `compile: ${name} was recorded ${shapes.length} times, since shapes of its inputs change: ${described.join(", ")}${more}. Each time costs more than a call: pad the inputs to a few sizes, or raise retraceLimit`;
};
