/** The worker as the page sees it: questions with answers. */

import type { Asked, Decoded, Question, Reply } from "./messages";
import type { PickerSetup, Runtime } from "./types";

const MOST_THREADS = 4;
/** Milliseconds that the slowest phone may need for an answer; a worker that takes longer is dead. */
const ANSWERED_WITHIN = 20_000;

export class LocalDecoder {
  private readonly worker: Worker;
  private readonly pending: Map<number, (reply: Reply) => void> = new Map();
  private asked = 0;
  private stopped = false;

  /** Throws where the browser lets no worker start. */
  constructor(
    private readonly setup: Pick<PickerSetup, "graph" | "photoGraph">,
    readonly runtime: Runtime,
  ) {
    this.worker = new Worker(address(runtime.worker), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => this.take(data));
    this.worker.addEventListener("error", (event) => this.failAll(event.message || "worker error"));
  }

  /** Fetch runtime and graphs; rejects where they do not run here. */
  async load(): Promise<void> {
    const { graph, photoGraph } = this.setup;
    await this.ask({
      kind: "load",
      runtime: address(this.runtime.runtime),
      graph: address(graph),
      photoGraph: address(photoGraph),
      threads: self.crossOriginIsolated
        ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1)
        : 1,
    });
  }

  async openPhoto(packed: ArrayBuffer): Promise<void> {
    await this.ask({ kind: "open", packed }, [packed]);
  }

  async decode(points: Float32Array, labels: Float32Array, extent: Float32Array): Promise<Decoded> {
    const { decoded } = await this.ask({ kind: "decode", points, labels, extent });
    if (!decoded) throw new Error("the worker gave no masks");
    return decoded;
  }

  stop(why = "stopped"): void {
    this.stopped = true;
    this.worker.terminate();
    this.failAll(why);
  }

  private async ask(question: Question, transfer: Transferable[] = []): Promise<Reply> {
    if (this.stopped) throw new Error("the worker was stopped");
    const id = ++this.asked;
    // What is fetched may take its time.
    const silent = () => this.stop("the worker did not answer");
    const timer = question.kind === "load" ? undefined : setTimeout(silent, ANSWERED_WITHIN);
    const reply = await new Promise<Reply>((resolve) => {
      this.pending.set(id, resolve);
      this.worker.postMessage({ id, question } satisfies Asked, transfer);
    });
    clearTimeout(timer);
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  private take(reply: Reply): void {
    this.pending.get(reply.id)?.(reply);
    this.pending.delete(reply.id);
  }

  private failAll(error: string): void {
    for (const id of [...this.pending.keys()]) this.take({ id, error });
  }
}

const address = (path: string) => new URL(path, document.baseURI).href;
