const layers = new Map<ImageBitmap, Map<string, HTMLCanvasElement>>();

/** A mask (white inside, black outside) as a see-through layer of a color, made once. */
export function tinted(mask: ImageBitmap, color: string): HTMLCanvasElement {
  const ofMask = layers.get(mask) ?? new Map<string, HTMLCanvasElement>();
  layers.set(mask, ofMask);
  const known = ofMask.get(color);
  if (known) return known;
  const layer = document.createElement("canvas");
  layer.width = mask.width;
  layer.height = mask.height;
  const context = layer.getContext("2d")!;
  context.drawImage(mask, 0, 0);
  const pixels = context.getImageData(0, 0, mask.width, mask.height);
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) data[i + 3] = data[i]!;
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, mask.width, mask.height);
  ofMask.set(color, layer);
  return layer;
}

/** Some phones count the memory of a canvas until it is made empty. */
export function releaseTints(mask: ImageBitmap): void {
  for (const layer of layers.get(mask)?.values() ?? []) layer.width = layer.height = 0;
  layers.delete(mask);
}
