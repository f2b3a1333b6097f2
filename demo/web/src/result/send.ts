import { button, setText } from "../dom";
import type { Flow } from "../flow";
import { disable } from "../focus";
import { server } from "../server";
import type { State, Store } from "../state";
import type { Say } from "../texts";
import { resultServer } from "./server";

const READY = "note_send_ready";

/**
 * The finished photo as a file for the system's share sheet: a messenger, the camera roll. A JPEG, at
 * full size, is what all of them take. Nothing where the browser hands over no files.
 */
export function sendButton(store: Store, flow: Flow, say: Say): HTMLElement[] {
  if (!sendsFiles()) return [];
  /** Made, but the browser wanted a press of its own for it. */
  let ready: { of: string; file: File } | null = null;
  const isReady = (state: State) => ready !== null && ready.of === shown(state);
  const send = button("iph-quiet iph-send", "", () => void (isReady(store.state) ? share() : make()));
  store.subscribe((state) => {
    disable(send, state.busy !== null);
    setText(send, say(isReady(state) ? "send_ready" : "send"));
    const isOver = state.view !== "result" || !isReady(state);
    if (state.note === READY && isOver) store.update({ note: null });
  });
  return [send];

  async function make(): Promise<void> {
    ready = null;
    await flow.enqueue(async (photo, here) => {
      const { strength, moved, blend } = store.state;
      const of = shown(store.state);
      store.update({ busy: "busy_saving" });
      const { url, name } = await resultServer.download(photo, "jpeg", strength, moved, blend, here);
      ready = { of, file: new File([await server.file(url, here)], name, { type: "image/jpeg" }) };
    });
    if (isReady(store.state)) await share();
  }

  async function share(): Promise<void> {
    try {
      await navigator.share({ files: [ready!.file] });
      ready = null;
      store.update({ note: null });
    } catch (error) {
      // People closed the sheet, or making the file took longer than a press counts.
      const tooLate = error instanceof DOMException && error.name === "NotAllowedError";
      store.update({ note: tooLate ? READY : null });
    }
  }
}

function sendsFiles(): boolean {
  const file = new File(["."], "photo.jpg", { type: "image/jpeg" });
  return navigator.canShare?.({ files: [file] }) ?? false;
}

/** Everything that decides how the file looks. */
const shown = ({ photo, strength, moved, blend }: State): string =>
  JSON.stringify([photo?.id, photo?.result?.after, strength, moved, blend]);
