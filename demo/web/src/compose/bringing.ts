import type { Flow } from "../flow";
import { newTicket } from "../line";
import { server } from "../server";

/** Photos on their way to the server, one after the other, until a signal says that nobody wants them. */
export class Bringing {
  private readonly ids: string[] = [];

  constructor(
    private readonly flow: Flow,
    private readonly signal: AbortSignal,
  ) {}

  /** The ids of the photos. */
  async send(files: File[]): Promise<string[]> {
    for (const file of files) {
      const id = await this.upload(file);
      if (this.signal.aborted) remove(id);
      this.signal.throwIfAborted();
      this.ids.push(id);
    }
    return this.ids;
  }

  /** Delete those that are there: they belong to nothing yet. */
  remove(): void {
    this.ids.forEach(remove);
  }

  private async upload(file: File): Promise<string> {
    return (await server.upload(file, this.flow.watch(this.signal), newTicket())).id;
  }
}

function remove(id: string): void {
  void server.remove(id).catch(() => undefined);
}
