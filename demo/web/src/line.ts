import { randomName } from "./random";
import type { State } from "./state";
import type { Say } from "./texts";

const TICKET_BYTES = 12;
const PAUSE = 2000; // milliseconds between two looks at the line

/** The place of a step in the server's line, and about how many seconds it waits there. */
export interface Place {
  place: number;
  seconds: number;
}

let tell: (place: Place | null) => void = () => undefined;

/** Who is told while a step waits; null when it waits no longer. */
export function onPlace(listener: (place: Place | null) => void): void {
  tell = listener;
}

export const newTicket = (): string => randomName(TICKET_BYTES);

/** Look at the place of a request again and again until it is answered. */
export async function inLine<T>(ticket: string, answer: Promise<T>): Promise<T> {
  const look = async () => {
    const path = new URL(`iph/queue?ticket=${ticket}`, document.baseURI).href;
    const reply = await fetch(path, { credentials: "same-origin" }).catch(() => null);
    const found: Place | null = reply?.ok ? await reply.json() : null;
    if (!isAnswered) tell(found?.place ? found : null);
  };
  let isAnswered = false;
  const timer = setInterval(() => void look(), PAUSE);
  try {
    return await answer;
  } finally {
    isAnswered = true;
    clearInterval(timer);
    tell(null);
  }
}

const STEP = 5; // percent; more often nobody wants to hear it read aloud

/** Which step is running, how far it is, or how long it still waits for its turn. */
export function busyText({ busy, line, sent }: State, say: Say): string {
  if (line) return say("busy_line", { ...line });
  if (sent === null) return say(busy ?? "");
  return say("busy_uploading", { percent: STEP * Math.floor((100 * sent) / STEP) });
}
