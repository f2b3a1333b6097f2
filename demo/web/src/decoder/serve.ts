/** The mask decoder, away from the page's own thread: onnxruntime-web on a runtime of its own. */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import type { Asked, Decode, Decoded, Load, Open, Question, Reply } from "./messages";
import { unpackEmbedding } from "./wire";

/** What the worker's scripts import, each from its own build of onnxruntime-web. */
type Runtime = Pick<typeof import("onnxruntime-web/wasm"), "InferenceSession" | "Tensor" | "env">;

/** Answer the page's questions with a runtime. provider: "wasm" or "webgpu". */
export function serve(ort: Runtime, provider: "wasm" | "webgpu"): void {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
  // What every tap needs of a photo stays where the taps are decoded.
  const kept = provider === "webgpu" ? ({ preferredOutputLocation: "gpu-buffer" } as const) : {};

  let sessions: { photo: InferenceSession; tap: InferenceSession } | null = null;
  let current: InferenceSession.OnnxValueMapType | null = null;
  let last: Promise<unknown> = Promise.resolve();

  // The runtime starts its threads from this very script, under a name of theirs.
  if (!self.name.startsWith("em-pthread")) {
    addEventListener("message", ({ data }: MessageEvent<Asked>) => {
      // One question after the other: the runtime runs one graph at a time.
      last = last.then(async () => {
        const { reply, transfer } = await answered(data);
        postMessage(reply, { transfer });
      });
    });
  }

  async function answered({ id, question }: Asked): Promise<{ reply: Reply; transfer: Transferable[] }> {
    try {
      const decoded = await answer(question);
      if (!decoded) return { reply: { id }, transfer: [] };
      return { reply: { id, decoded }, transfer: [decoded.logits.buffer, decoded.scores.buffer] };
    } catch (error) {
      return { reply: { id, error: String(error) }, transfer: [] };
    }
  }

  async function answer(question: Question): Promise<Decoded | null> {
    if (question.kind === "decode") return decode(question);
    await (question.kind === "load" ? load(question) : open(question));
    return null;
  }

  async function load({ runtime, graph, photoGraph, threads }: Load): Promise<void> {
    ort.env.wasm.wasmPaths = { wasm: runtime };
    ort.env.wasm.numThreads = threads;
    const [tapBytes, photoBytes] = await Promise.all([bytesOf(graph), bytesOf(photoGraph)]);
    // One after the other: the first one also starts the runtime.
    const tap = await ort.InferenceSession.create(tapBytes, options);
    const photo = await ort.InferenceSession.create(photoBytes, { ...options, ...kept });
    sessions = { tap, photo };
  }

  async function open({ packed }: Open): Promise<void> {
    if (!sessions) throw new Error("a photo came before the graphs");
    for (const value of Object.values(current ?? {})) value.dispose();
    current = null;
    const embedding = new ort.Tensor("float32", unpackEmbedding(packed), [1, 256, 64, 64]);
    current = await sessions.photo.run({ embedding });
  }

  async function decode({ points, labels, extent }: Decode): Promise<Decoded> {
    if (!sessions || !current) throw new Error("there is no photo to decode");
    const { logits, scores } = await sessions.tap.run({
      ...current,
      points: new ort.Tensor("float32", points, [labels.length, 2]),
      labels: new ort.Tensor("float32", labels, [labels.length]),
      extent: new ort.Tensor("float32", extent, [2]),
    });
    const decoded = {
      logits: (logits as Tensor).data as Float32Array,
      scores: (scores as Tensor).data as Float32Array,
    };
    if (!decoded.scores.every(Number.isFinite)) throw new Error("the runtime computes no numbers");
    return decoded;
  }
}

async function bytesOf(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
