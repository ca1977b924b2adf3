import { AccordError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import type { Starter } from "../resolve-backend.ts";
import { registerAddN } from "../webgpu/add-n-kernel.ts";
import { activate } from "./activate.ts";
import { importOptional } from "./import-optional.ts";

/** The part of WebGPU's types that is used here; the packages that define it are optional. */
interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
}
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}
interface Dawn {
  readonly globals: object;
  create(options: readonly string[]): Gpu;
}

/** Renderers that compute on the processor: right, but slower than every other backend. */
export const isSoftwareAdapter = ({ info }: Adapter): boolean =>
  info.isFallbackAdapter === true ||
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(
    `${info.vendor} ${info.architecture} ${info.device} ${info.description}`,
  );

const nameOf = ({ info }: Adapter): string =>
  info.description || info.device || `${info.vendor} ${info.architecture}`.trim() || "an unnamed adapter";

/** Puts WebGPU where browsers have it: tfjs looks there. */
const provideWebGpu = (dawn: Dawn, gpu: Gpu): void => {
  Object.assign(globalThis, dawn.globals);
  const scope = globalThis as { navigator?: object }; // Node 20 has no navigator
  if (scope.navigator === undefined) {
    Object.defineProperty(scope, "navigator", { value: {}, configurable: true, writable: true });
  }
  Object.defineProperty(scope.navigator, "gpu", { value: gpu, configurable: true });
};

/** The adapter in words, once the backend is registered. */
let adapterName = "an adapter that another part of the program chose";

/** WebGPU through Dawn, the packages webgpu and tfjs-backend-webgpu; software renderers only when asked for. */
export const startWebGpu: Starter = async ({ wanted }) => {
  if (tf.findBackend("webgpu") === null) {
    const dawn = await importOptional<Dawn>("webgpu");
    const gpu = dawn.create([]);
    const adapter = await gpu.requestAdapter();
    if (adapter === null)
      throw new AccordError("no GPU adapter: check the graphics driver (Vulkan on Linux)");
    if (isSoftwareAdapter(adapter) && !wanted) {
      throw new AccordError(
        `only a software renderer is there (${nameOf(adapter)}); it is used when asked for by name`,
      );
    }
    provideWebGpu(dawn, gpu);
    await importOptional("@tensorflow/tfjs-backend-webgpu");
    registerAddN();
    adapterName = nameOf(adapter);
  }
  await activate("webgpu");
  return `WebGPU on ${adapterName}`;
};
