/** A turn of work; the loop is then free for others. Half of the 20 ms that nobody may hold it (design §7). */
const SLICE_MS = 10;

/** Lets a long loop give way: `over` resolves at once while the slice lasts, and after a turn of the event loop when it is used up. */
export function timeSlice(): { over(): Promise<void> | undefined } {
  let startedMs = performance.now();
  return {
    over() {
      if (performance.now() - startedMs < SLICE_MS) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          startedMs = performance.now();
          resolve();
        });
      });
    },
  };
}
