/** Times of the original decoder and of ours, one after the other in one worker (for developers:
 * tests/browser/measure_decoder.py). */

import { InferenceSession, Tensor, env } from "onnxruntime-web/wasm";

interface Task {
  runtime: string;
  original: string;
  photo: string;
  tap: string;
  width: number;
  height: number;
  extent: [number, number];
  rounds: number;
}

const OPTIONS = { executionProviders: ["wasm"], logSeverityLevel: 3 } as const;
const floats = (values: number[] | Float32Array, shape: number[]) =>
  new Tensor("float32", Float32Array.from(values), shape);

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  measure(data).then(postMessage, (error: unknown) => postMessage({ error: String(error) }));
});

async function measure(task: Task): Promise<Record<string, number[]>> {
  env.wasm.wasmPaths = { wasm: task.runtime };
  env.wasm.numThreads = 1;
  const times: Record<string, number[]> = { load: [], photo: [], original: [], ours: [] };
  const bytes = await Promise.all([task.tap, task.photo, task.original].map(bytesOf));
  let tap: InferenceSession | null = null;
  let photo: InferenceSession | null = null;
  await timed(times.load, async () => {
    tap = await InferenceSession.create(bytes[0] as Uint8Array, OPTIONS);
    photo = await InferenceSession.create(bytes[1] as Uint8Array, OPTIONS);
  });
  const original = await InferenceSession.create(bytes[2] as Uint8Array, OPTIONS);

  const values = Float32Array.from({ length: 256 * 4096 }, (_, i) => Math.sin(i * 12.9898) * 0.1);
  const embedding = floats(values, [1, 256, 64, 64]);
  let current: InferenceSession.OnnxValueMapType = {};
  await timed(times.photo, async () => {
    current = await photo!.run({ embedding });
  });
  const inputs = {
    image_embeddings: embedding,
    point_coords: floats([300, 300, 0, 0], [1, 2, 2]),
    point_labels: floats([1, -1], [1, 2]),
    mask_input: floats(new Float32Array(256 * 256), [1, 1, 256, 256]),
    has_mask_input: floats([0], [1]),
    orig_im_size: floats([task.height, task.width], [2]),
  };
  const ours = {
    points: floats([300, 300, 0, 0], [2, 2]),
    labels: floats([1, -1], [2]),
    extent: floats(task.extent, [2]),
  };
  for (let round = 0; round < task.rounds; round++) {
    await timed(times.original, () => original.run(inputs));
    await timed(times.ours, () => tap!.run({ ...current, ...ours }));
  }
  return times;
}

async function timed(into: number[] | undefined, step: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await step();
  into?.push(performance.now() - start);
}

async function bytesOf(address: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}
