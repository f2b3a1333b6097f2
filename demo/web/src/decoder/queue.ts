/** In which order decodes run: at most one at a time, and of those that wait only what counts. */

interface Waiting<P, A> {
  prompts: P;
  wanted: boolean;
  settle: (answer: Promise<A> | null) => void;
  answer: Promise<A | null>;
}

/**
 * Hovers are replaced by newer ones, taps all run, in order and before any hover. Prompts that are
 * decoded already, or just now, are not decoded again.
 */
export class DecodeQueue<P, A> {
  private running = false;
  private latest: { prompts: P; answer: Promise<A> } | null = null;
  private waiting: Waiting<P, A>[] = [];

  constructor(
    private readonly decode: (prompts: P) => Promise<A>,
    private readonly same: (a: P, b: P) => boolean,
  ) {}

  /** null when something newer took its place. */
  hover(prompts: P): Promise<A | null> {
    this.drop((waiting) => !waiting.wanted && !this.same(waiting.prompts, prompts));
    return this.ask(prompts, false);
  }

  /** null only after `clear`. */
  tap(prompts: P): Promise<A | null> {
    this.drop((waiting) => !waiting.wanted && !this.same(waiting.prompts, prompts));
    return this.ask(prompts, true);
  }

  /** What was decoded would be decoded otherwise now: do not answer with it again. */
  forget(): void {
    this.latest = null;
  }

  /** Forget everything: who waits gets null. */
  clear(): void {
    this.latest = null;
    this.drop(() => true);
  }

  private ask(prompts: P, wanted: boolean): Promise<A | null> {
    const nothingWaits = !this.waiting.length;
    if (nothingWaits && this.latest && this.same(this.latest.prompts, prompts)) {
      return this.latest.answer;
    }
    const joined = this.waiting.find((waiting) => this.same(waiting.prompts, prompts));
    if (joined) {
      joined.wanted ||= wanted;
      return joined.answer;
    }
    let settle: Waiting<P, A>["settle"] = () => undefined;
    const answer = new Promise<A | null>((resolve) => (settle = resolve));
    this.waiting.push({ prompts, wanted, settle, answer });
    void this.run();
    return answer;
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let next = this.next(); next; next = this.next()) {
      const answer = this.decode(next.prompts);
      this.latest = { prompts: next.prompts, answer };
      next.settle(answer);
      const failed = await answer.then(() => false, () => true);
      if (failed && this.latest?.answer === answer) this.latest = null;
    }
    this.running = false;
  }

  private next(): Waiting<P, A> | undefined {
    const first = this.waiting.findIndex((waiting) => waiting.wanted);
    return this.waiting.splice(Math.max(first, 0), 1)[0];
  }

  private drop(unwanted: (waiting: Waiting<P, A>) => boolean): void {
    const dropped = this.waiting.filter(unwanted);
    this.waiting = this.waiting.filter((waiting) => !dropped.includes(waiting));
    for (const waiting of dropped) waiting.settle(null);
  }
}
