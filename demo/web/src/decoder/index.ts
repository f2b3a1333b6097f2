/**
 * Regions picked in the page: a photo's embedding comes from the server once, every decode runs in
 * a worker here. Where that cannot be, the server decodes, and the answers are the same.
 */

import { decoderPrompts, extentOf } from "./frame";
import { LocalDecoder } from "./local";
import { DecodeQueue } from "./queue";
import { decodeOnServer, fetchEmbedding, fetchSalient } from "./remote";
import { answer, isOneTap, outlined, secondLook, surer, takenFor } from "./rules";
import type { Candidates } from "./rules";
import type { Answer, Company, PickerPhoto, PickerSetup, Prompts, Runtime } from "./types";

export { nextLevel } from "./rules";
export type { Answer, Company, Level, PickerPhoto, PickerSetup, Prompts } from "./types";

export type PickerState = "idle" | "loading" | "ready" | "server";

/** Milliseconds that a decode waits for what is still loading, before the server is asked. */
const PATIENCE = 4000;

declare global {
  interface Window {
    /** For tests: how many decodes and embeddings there were. */
    __iphPicker?: Picker;
  }
}

/** A photo that is open, until another takes its place. */
interface Opened {
  photo: PickerPhoto;
  aborter: AbortController;
  /** null: the server decodes. */
  decoder: Promise<LocalDecoder | null>;
  queue: DecodeQueue<Prompts, Candidates>;
  company: Company | null;
  /** What stands out in the photo; null until it is there. */
  salient: Uint8Array | null;
  /** Nothing more is coming that would tell what a tap means. */
  met: boolean;
  /** Logits of the only person, once somebody tapped. */
  alone: Promise<Float32Array> | null;
}

export class Picker {
  /** What was decoded; one that a tap means a whole person by looks up to three times. */
  readonly counts = { decodes: 0, embeddings: 0 };
  private current: PickerState = "idle";
  private worker: Promise<LocalDecoder | null> | null = null;
  /** Whether a GPU was tried and gave up. */
  private gpuFailed = false;
  private opened: Opened | null = null;

  constructor(private readonly setup: PickerSetup | null) {
    window.__iphPicker = this;
  }

  /** Whether all is known of the photo that tells what a tap means. */
  get met(): boolean {
    return this.opened?.met ?? false;
  }

  get state(): PickerState {
    return this.current;
  }

  /** Start loading runtime and graphs, before there is a photo; `open` does it too. */
  warmUp(): Promise<LocalDecoder | null> {
    this.worker ??= this.startWorker();
    return this.worker;
  }

  /**
   * Bring a photo in place of the one before. Resolves when taps on it are cheap; what makes them so
   * is large, and fetched after something `first`.
   */
  async open(photo: PickerPhoto, first: Promise<void> = Promise.resolve()): Promise<void> {
    this.close();
    const opened: Opened = {
      photo,
      aborter: new AbortController(),
      decoder: Promise.resolve(null),
      queue: new DecodeQueue((prompts) => this.decode(opened, prompts), samePlaces),
      company: photo.company,
      salient: null,
      met: false,
      alone: null,
    };
    this.opened = opened;
    this.current = "loading";
    opened.decoder = first.then(() => this.bring(opened));
    const decoder = await opened.decoder;
    if (this.opened === opened) this.current = decoder ? "ready" : "server";
  }

  /** Say who is in the photo, once that is known; what else helps a tap is fetched then. */
  async meet(id: string, company: Company | null): Promise<void> {
    const { opened } = this;
    if (opened?.photo.id !== id) return;
    opened.company = company;
    try {
      if (this.mayDecode()) {
        opened.salient = await fetchSalient(opened.photo, opened.aborter.signal);
      }
    } catch (error) {
      if (!opened.aborter.signal.aborted) console.info("Outlines stay as taps give them:", error);
    } finally {
      opened.met = true;
      opened.queue.forget();
    }
  }

  /** Forget the photo; what is still being decoded is dropped. */
  close(): void {
    this.opened?.aborter.abort();
    this.opened?.queue.clear();
    this.opened = null;
    this.current = "idle";
  }

  /** At most one decode is pending and the newest wins; null = superseded, or nothing to show. */
  async hover(prompts: Prompts): Promise<Answer | null> {
    const { opened } = this;
    try {
      const candidates = await opened?.queue.hover(prompts);
      return opened && candidates ? this.answered(opened, candidates, prompts) : null;
    } catch {
      return null; // A hover shows nothing then; a tap in the same place says why.
    }
  }

  /**
   * The prompts of the last hover, or another level of the last tap, start no second decode.
   * Rejects with an AbortError when the photo is replaced or closed meanwhile, and with a Refusal
   * when the server cannot answer.
   */
  async tap(prompts: Prompts): Promise<Answer> {
    const { opened } = this;
    const candidates = await opened?.queue.tap(prompts);
    const found = opened && candidates ? this.answered(opened, candidates, prompts) : null;
    if (!found) throw replaced();
    return found;
  }

  private answered(opened: Opened, candidates: Candidates, prompts: Prompts): Answer | null {
    return this.opened === opened ? answer(candidates, prompts, opened.photo) : null;
  }

  private mayDecode(): boolean {
    return Boolean(this.setup?.worker) && typeof WebAssembly === "object" && !serverIsAskedFor();
  }

  private async startWorker(): Promise<LocalDecoder | null> {
    const { setup } = this;
    if (!setup?.worker || !this.mayDecode()) return null;
    const processor = { worker: setup.worker, runtime: setup.runtime };
    const gpu = !this.gpuFailed && setup.gpu && (await gpuIsThere()) ? [setup.gpu] : [];
    for (const runtime of [...gpu, processor]) {
      const local = await started(setup, runtime);
      if (local) return local;
    }
    // A fetch that failed once may do well for the next photo.
    this.worker = null;
    return null;
  }

  /** Give the worker the photo's embedding; null where the server has to decode this photo. */
  private async bring({ photo, aborter }: Opened): Promise<LocalDecoder | null> {
    if (aborter.signal.aborted) return null;
    const worker = this.warmUp();
    const loading = this.mayDecode() ? fetchEmbedding(photo, aborter.signal) : null;
    loading?.catch(() => undefined); // Awaited below, where it counts.
    const local = await worker;
    if (!local || !loading) return null;
    try {
      const packed = await loading;
      this.counts.embeddings++;
      if (aborter.signal.aborted) return null;
      await local.openPhoto(packed);
      return local;
    } catch (error) {
      if (!aborter.signal.aborted) console.info("The server makes this photo's masks:", error);
      return null;
    }
  }

  /** What decoded here does no longer: the processor instead of the GPU, else the server. */
  private giveUp(opened: Opened, local: LocalDecoder, error: unknown): void {
    local.stop();
    const wasGpu = local.runtime.worker === this.setup?.gpu?.worker;
    console.info(wasGpu ? "The GPU gave up:" : "The server makes the masks from here on:", error);
    this.gpuFailed = true;
    this.worker = wasGpu ? null : Promise.resolve(null);
    opened.decoder = wasGpu ? this.bring(opened) : Promise.resolve(null);
    this.current = "server";
    void opened.decoder.then((next) => {
      if (next && this.opened === opened) this.current = "ready";
    });
  }

  private async decode(opened: Opened, prompts: Prompts): Promise<Candidates> {
    const { photo, aborter, decoder } = opened;
    const local = await Promise.race([decoder, after(PATIENCE)]);
    if (aborter.signal.aborted) throw replaced();
    this.counts.decodes++;
    const whole = this.setup?.whole ?? null;
    if (local) {
      try {
        return await lookedAt(local, opened, prompts, whole);
      } catch (error) {
        if (aborter.signal.aborted) throw replaced();
        this.giveUp(opened, local, error);
      }
    }
    return { ...(await decodeOnServer(photo, prompts, aborter.signal)), whole };
  }
}

/** A worker that is ready; null where it does not run here, or could not be fetched. */
async function started(setup: PickerSetup, runtime: Runtime): Promise<LocalDecoder | null> {
  let local: LocalDecoder | null = null;
  try {
    local = new LocalDecoder(setup, runtime);
    await local.load();
    return local;
  } catch (error) {
    local?.stop();
    console.info(`${runtime.worker} cannot make the masks:`, error);
    return null;
  }
}

/** What the page's own decoder says; where one tap is all, it means a whole person. */
async function lookedAt(
  local: LocalDecoder,
  opened: Opened,
  prompts: Prompts,
  whole: number | null,
): Promise<Candidates> {
  const { photo, company, salient } = opened;
  const decode = async (asked: Prompts) => ({
    ...(await local.decode(...decoderPrompts(asked, photo), extentOf(photo))),
    whole,
  });
  const first = await decode(prompts);
  if (whole === null || !isOneTap(prompts)) return first;
  const taken = await wholePerson(opened, first, prompts, decode);
  return salient && company?.count ? outlined(taken, prompts, salient, photo) : taken;
}

/** All of whoever is alone; a second look, where the first is unsure and there is no crowd. */
async function wholePerson(
  opened: Opened,
  first: Candidates,
  prompts: Prompts,
  decode: (asked: Prompts) => Promise<Candidates>,
): Promise<Candidates> {
  const { photo, company } = opened;
  if (company?.alone) {
    const asked: Prompts = { taps: company.alone, box: null, level: "person" };
    opened.alone ??= decode(asked).then((found) => answer(found, asked, photo).logits);
    const taken = takenFor(first, prompts, await opened.alone, photo);
    if (taken) return taken;
  }
  const again = secondLook(first, prompts, photo, company?.count);
  return again ? surer(first, await decode(again)) : first;
}

/** The same candidates: their level is chosen afterwards. */
function samePlaces(a: Prompts, b: Prompts): boolean {
  return JSON.stringify([a.taps, a.box]) === JSON.stringify([b.taps, b.box]);
}

const after = (wait: number) =>
  new Promise<null>((resolve) => setTimeout(() => resolve(null), wait));

const replaced = () => new DOMException("The photo was replaced.", "AbortError");

/** Which decoder the address asks for: "server", or "gpu" for one that a processor plays, too. */
const askedFor = () => new URLSearchParams(document.location.search).get("decoder");

const serverIsAskedFor = () => askedFor() === "server";

interface Adapter {
  info?: { isFallbackAdapter?: boolean };
}

/** Whether there is a real GPU, and WebAssembly can wait for it (JavaScript Promise Integration). */
async function gpuIsThere(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (!gpu || !("Suspending" in WebAssembly)) return false;
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return false;
  return adapter.info?.isFallbackAdapter !== true || askedFor() === "gpu";
}
