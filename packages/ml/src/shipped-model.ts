import { fileURLToPath } from 'node:url';

/** Path of the window regressor that comes with this package; what it was trained on stands in its manifest (`trainedOn`). */
export function shippedModelPath(): string {
  // From `src/` and from `dist/` alike, models are one folder up.
  return fileURLToPath(new URL('../models/window_regressor.onnx', import.meta.url));
}
