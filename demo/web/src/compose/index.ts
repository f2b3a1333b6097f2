export { composerOf, PHOTOS, PLACE } from "./composer";
export { backToPlacing, cutPanel } from "./cut";
export { composeWay, photosView } from "./photos";
export { placeView } from "./place";
