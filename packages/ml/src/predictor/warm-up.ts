import type { CheckedModel } from '../onnx/checked-model.js';
import { exclusively } from '../onnx/onnx-runtime.js';
import { firstTrial } from '../onnx/trial-rows.js';

/** The engine compiles a model's code while it runs: after some twenty runs it is as fast as it gets. */
const RUNS = 20;
/** A model that takes long has nothing to gain from it. */
const MAX_MS = 200;

/** Runs a model on its own stand-ins until it is fast, alone and in company: the first who asks must not pay for it. */
export async function warmUp({ session, manifest }: CheckedModel): Promise<void> {
  // The row that it has answered already.
  const first = firstTrial(manifest, session.maxFeature).map(({ value }) => value);
  const startedMs = performance.now();
  await exclusively(async () => {
    for (let row = 0; row < session.maxRows; row++) session.setRow(row, first);
    for (let i = 0; i < RUNS && performance.now() - startedMs < MAX_MS; i++) {
      await session.run(1);
      await session.run(session.maxRows);
    }
  });
}
