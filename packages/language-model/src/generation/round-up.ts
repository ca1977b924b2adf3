/** The next multiple of a number. */
export const roundUp = (size: number, multiple: number): number => Math.ceil(size / multiple) * multiple;
