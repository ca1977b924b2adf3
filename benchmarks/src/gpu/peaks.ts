/** Dense peaks of a chip in TFLOP/s, and GB/s of its memory, from its maker's data sheet. */
export interface ChipPeak {
  readonly float32: number;
  /** Matrix products that round their inputs to 10 bits; what TensorFlow does by default where the chip can. */
  readonly tensorFloat32: number | null;
  readonly memoryGigabytes: number;
}

/** The first name that the chip's contains. */
const peaks: readonly (readonly [name: string, peak: ChipPeak])[] = [
  ["H200", { float32: 67, tensorFloat32: 494, memoryGigabytes: 4800 }],
  ["H100 PCIe", { float32: 51, tensorFloat32: 378, memoryGigabytes: 2000 }],
  ["H100", { float32: 67, tensorFloat32: 494, memoryGigabytes: 3350 }],
  ["A100", { float32: 19.5, tensorFloat32: 156, memoryGigabytes: 1555 }],
  ["A10G", { float32: 35, tensorFloat32: 35, memoryGigabytes: 600 }],
  ["L40S", { float32: 91.6, tensorFloat32: 183, memoryGigabytes: 864 }],
  ["L4", { float32: 30.3, tensorFloat32: 60, memoryGigabytes: 300 }],
  ["V100", { float32: 15.7, tensorFloat32: null, memoryGigabytes: 900 }],
  ["T4", { float32: 8.1, tensorFloat32: null, memoryGigabytes: 320 }],
  ["RTX 4090", { float32: 82.6, tensorFloat32: 82.6, memoryGigabytes: 1008 }],
  ["RTX 3090", { float32: 35.6, tensorFloat32: 35.6, memoryGigabytes: 936 }],
];

/** undefined for a chip that is not in the list: its peak can be given by hand. */
export const chipPeak = (chip: string): ChipPeak | undefined =>
  peaks.find(([name]) => chip.toLowerCase().includes(name.toLowerCase()))?.[1];
