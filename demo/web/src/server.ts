import { address, always, ask, load, Refusal, sendFile, until } from "./ask";
import { rememberSent } from "./sent";
import type { Photo, Role, Selection, ServerState } from "./types";
import type { Watch } from "./upload";

type Wanted = () => boolean;

const photos = "iph/photos";

/** What the page asks of the server; steps that may be asked twice are, as long as they are wanted. */
export const server = {
  state: (): Promise<ServerState> => ask("GET", "iph/state", { wanted: always, patient: true }),

  /** host: the id of the photo that is to take this one's look. */
  upload: async (file: File, watch: Watch, ticket: string, host = ""): Promise<Photo> => {
    const path = host ? `${photos}?for=${host}` : photos;
    const photo = await sendFile<Photo>(path, file, watch, ticket);
    rememberSent(photo, file);
    return photo;
  },

  openExample: (name: string, ticket: string, { signal }: Watch): Promise<Photo> =>
    ask("POST", `iph/examples/${encodeURIComponent(name)}`, { ticket, wanted: until(signal) }),

  prepare: (id: string, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${photos}/${id}/prepare`, { wanted, patient: true }),

  /** The selection is read at each try, so that the newest is sent. */
  choose: (id: string, role: Role, selection: () => Selection, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${photos}/${id}/choose`, {
      body: () => ({ role, ...selection() }),
      wanted,
      patient: true,
    }),

  bringMask: (id: string, role: Role, file: File, watch: Watch): Promise<Photo & { swapped: boolean }> =>
    sendFile(`${photos}/${id}/mask?role=${role}`, file, watch),

  saveMask: (id: string, role: Role, wanted: Wanted): Promise<{ url: string; name: string }> =>
    ask("POST", `${photos}/${id}/save-mask`, { body: { role }, wanted }),

  suggest: (id: string, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${photos}/${id}/suggest`, { wanted, patient: true }),

  harmonize: (id: string, wanted: Wanted): Promise<Photo> =>
    ask("POST", `${photos}/${id}/harmonize`, { wanted }),

  /** As soon as the server can be reached. */
  remove: (id: string): Promise<void> =>
    ask("DELETE", `${photos}/${id}`, { wanted: always, patient: true }),

  picture: (path: string): Promise<ImageBitmap> =>
    load(path, async (response) => createImageBitmap(await response.blob())),

  file: (path: string, wanted: Wanted): Promise<Blob> =>
    load(path, (response) => response.blob(), { wanted }),

  /** Whether a picture is there still; where that cannot be known, it is. */
  has: (path: string): Promise<boolean> =>
    load(path, async () => true).catch((error) => !(error instanceof Refusal && error.status === 404)),

  address,
};
