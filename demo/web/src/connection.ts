import { Refusal } from "./server";
import type { Store } from "./state";

const WAITS = [500, 1000, 2000, 4000, 8000]; // milliseconds; the last for ever
const GLAD = 6000; // milliseconds for which "it is back" is said

/** Steps that are tried until the server was reached, however long it is away. */
export class Connection {
  constructor(private readonly store: Store) {}

  /** Rejects with what the server says, or when the step is no longer wanted. */
  async keepTrying<T>(
    step: () => Promise<T>,
    wanted: () => boolean,
    isPassing: (error: unknown) => boolean = isAway,
  ): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        const answer = await step();
        this.reached();
        return answer;
      } catch (error) {
        if (error instanceof Refusal) this.reached();
        if (!isPassing(error)) throw error;
        if (!(error instanceof Refusal)) this.store.update({ connection: "lost" });
        if (wanted()) await waitOrOnline(WAITS[Math.min(failures, WAITS.length - 1)]!);
        if (wanted()) continue;
        this.store.update({ connection: "fine" }); // Nobody tries any longer.
        throw error;
      }
    }
  }

  private reached(): void {
    if (this.store.state.connection !== "lost") return;
    this.store.update({ connection: "back" });
    setTimeout(() => {
      if (this.store.state.connection === "back") this.store.update({ connection: "fine" });
    }, GLAD);
  }
}

/** No connection, a busy server, or a proxy before a server that is not there. */
function isAway(error: unknown): boolean {
  if (error instanceof Refusal) return error.status >= 502 && error.status <= 504;
  return error instanceof TypeError; // what `fetch` rejects with
}

/** The same, or what was sent stood still; but not a busy server, of which people are told. */
export function isCutOff(error: unknown): boolean {
  if (!(error instanceof Refusal)) return isAway(error);
  const isBusy = error.status === 503 && error.message !== "";
  return error.status === 408 || (isAway(error) && !isBusy);
}

function waitOrOnline(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener("online", done);
  });
}
