/** Who hears how much of a file is sent, and can give it up. */
export interface Watch {
  /** A share of 1; null when nothing is being sent. */
  sent: (share: number | null) => void;
  signal: AbortSignal;
}

/**
 * A file on its way, by XMLHttpRequest: `fetch` does not tell how far it is. Fails as `fetch` does,
 * and with what reading says where the file can be read no longer.
 */
export async function posted(
  address: string,
  file: File,
  headers: Record<string, string>,
  { sent, signal }: Watch,
): Promise<Response> {
  // A browser calls that a lost connection, and it would be tried for ever.
  await file.slice(0, 1).arrayBuffer();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => sent(total ? loaded / total : 0);
    request.upload.onload = () => sent(null);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(new TypeError("The connection was lost."));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => {
      sent(null);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    request.send(file);
  });
}
