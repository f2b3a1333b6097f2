import type { Composer } from "./compose/composer";
import type { Flow } from "./flow";
import { server } from "./server";
import type { Store } from "./state";

/**
 * Something was not there that was asked for. Where it is the photo on the stage (the visit is over,
 * or the server started anew), people go back to where they can choose it again, and hear why.
 */
export async function leaveWhatIsGone(
  store: Store,
  flow: Flow,
  composer: Composer,
  sentence: string,
): Promise<void> {
  const { photo } = store.state;
  if (!photo || (await server.has(photo.preview))) return;
  if (store.state.photo?.id !== photo.id) return;
  if (composer.step) composer.giveUp();
  flow.startOver();
  flow.fail(sentence);
}
