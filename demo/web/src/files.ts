/** The photos that people can choose. */
export const ACCEPTED =
  "image/jpeg,image/png,image/webp,image/tiff,image/heic,image/heif,.heic,.heif";
