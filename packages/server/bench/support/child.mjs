// Processes of a bench: started here, asked over IPC, always ended.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';

const ANSWER_MS = 120_000;
const PROFILES = process.env.LOUVER_BENCH_PROFILE;

/**
 * Starts `file` beside this one. `ask` sends `{ do, ...options }` and resolves to what the child's `serve` answers, one question at a time.
 */
export function startChild(file, args = []) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // LOUVER_BENCH_PROFILE=bench-results leaves a .cpuprofile of every child there.
    execArgv: PROFILES === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`],
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  return {
    ask(task, options = {}) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(reject, new Error(`${file}: no answer to '${task}' in ${ANSWER_MS / 1000} s`)), ANSWER_MS); // prettier-ignore
        const onMessage = ({ answer, error }) =>
          error === undefined ? finish(resolve, answer) : finish(reject, new Error(`${file}: ${error}`));
        const onClose = () => finish(reject, new Error(`${file}: ended before it answered '${task}'`));
        function finish(settle, value) {
          clearTimeout(timer);
          child.off('message', onMessage);
          child.off('exit', onClose);
          settle(value);
        }
        child.on('message', onMessage);
        child.on('exit', onClose);
        child.send({ do: task, ...options });
      });
    },
    async stop() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The child's side: `tasks` are functions by name; what they return is the answer. */
export function serve(tasks) {
  process.on('message', async ({ do: task, ...options }) => {
    try {
      process.send({ answer: (await tasks[task](options)) ?? null });
    } catch (error) {
      process.send({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  // The bench is gone: nobody asks any more.
  process.on('disconnect', () => process.exit());
}

/** Makes the broker forget a session: it would go on collecting messages for it while the other contestant is measured. */
export async function forgetSession(port, clientId) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, clean: true, reconnectPeriod: 0 });
  await client.endAsync();
}

/** Milliseconds since 1970 with microseconds: the same in every process of the machine. */
export function nowMs() {
  return performance.timeOrigin + performance.now();
}
