import type { Photo } from "./types";

/** A file that people sent, and the size of the server's picture of it. */
interface Sent {
  file: File;
  size: [number, number];
}

const sent = new Map<string, Sent>();
const SLACK = 0.01; // of its height, by which a picture's shape may miss the server's

/** The file is shown until the server's own picture of it is there. */
export function rememberSent({ preview, preview_size: size }: Photo, file: File): void {
  sent.set(preview, { file, size });
}

/** What was sent, in the size of the server's picture, once; null where the browser cannot read it. */
export async function pictureSent(address: string): Promise<ImageBitmap | null> {
  const found = sent.get(address);
  if (!found) return null;
  sent.delete(address);
  const [width, height] = found.size;
  try {
    // By its width alone: one that the browser turns another way has another shape then.
    const picture = await createImageBitmap(found.file, { resizeWidth: width, resizeQuality: "medium" });
    if (Math.abs((picture.height * width) / picture.width / height - 1) < SLACK + 1 / height) return picture;
    picture.close();
  } catch {
    // HEIC and TIFF, in most browsers.
  }
  return null;
}
