/** What a browser has and Node has not, played for tests. */

/** A file that the page sends, by XMLHttpRequest; the test is the server. */
export interface Upload {
  path: string;
  headers: Record<string, string>;
  isAborted: boolean;
  progress: (share: number) => void;
  answer: (body: unknown, status?: number) => void;
  lose: () => void;
}

/** From now on the page's uploads are told here. */
export function playUploads(told: (upload: Upload) => void): void {
  class Played {
    readonly upload: Record<string, (event: unknown) => void> = {};
    readonly headers: Record<string, string> = {};
    path = "";
    status = 0;
    responseText = "";
    isAborted = false;
    onload = () => undefined;
    onerror = () => undefined;
    onabort = () => undefined;
    onloadend = () => undefined;

    open(method: string, address: string): void {
      this.path = `${method} ${new URL(address).pathname.slice(1)}`;
    }

    setRequestHeader(name: string, value: string): void {
      this.headers[name] = value;
    }

    send(): void {
      told(this as unknown as Upload);
    }

    abort(): void {
      this.isAborted = true;
      this.end(this.onabort);
    }

    progress = (share: number) => this.upload.onprogress!({ loaded: 1000 * share, total: 1000 });
    lose = () => this.end(this.onerror);

    answer = (body: unknown, status = 200) => {
      this.status = status;
      this.responseText = JSON.stringify(body);
      this.end(this.onload);
    };

    private end(event: () => void): void {
      event();
      this.onloadend();
    }
  }
  Object.assign(globalThis, { XMLHttpRequest: Played });
}

/** The entries of a tab. As in a browser, `go` tells of the other entry later. */
export class PlayedHistory {
  entries: unknown[] = [null];
  at = 0;
  popped: () => unknown = () => undefined;

  get state(): unknown {
    return this.entries[this.at];
  }

  get length(): number {
    return this.entries.length;
  }

  pushState(state: unknown): void {
    this.entries = [...this.entries.slice(0, ++this.at), state];
  }

  go = (steps = 0): void => {
    setTimeout(() => {
      this.at += steps;
      this.popped();
    });
  };
}
