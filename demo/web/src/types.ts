/** What the server tells the page (demo/workspace.py `describe`). */

export type Role = "change" | "match";
/** x, y in pixels of the full-size photo; true adds, false removes. */
export type Tap = [number, number, boolean];

export interface Region {
  mask: string;
  /** Closed polygons [x, y, x, y, ...] in pixels of the full-size photo. */
  outline: number[][];
  box: [number, number, number, number];
  taps: Tap[];
  automatic: boolean;
}

export interface Result {
  before: string;
  after: string;
  summary: string;
}

export interface Photo {
  id: string;
  width: number;
  height: number;
  preview: string;
  preview_size: [number, number];
  regions: Partial<Record<Role, Region>>;
  result: Result | null;
}

export interface ServerState {
  models: "loading" | "ready" | "failed";
  problem: string;
  photo: Photo | null;
}

export interface Example {
  name: string;
  title: string;
  thumbnail: string;
}

/** Given to `mount` by the page (demo/frame.py `page_setup`). */
export interface Setup {
  texts: Record<string, string>;
  megabytes: number;
  examples: Example[];
}
