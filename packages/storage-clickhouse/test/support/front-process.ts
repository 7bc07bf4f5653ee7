import { chdbFront, type ChdbFrontOptions } from './chdb-front.js';
import { misbehave, type Fault } from './front-faults.js';

/** A fault as it can be sent to another process. */
export type SentFault =
  Exclude<Fault, { kind: 'moody' }> | { readonly kind: 'moody'; readonly share: number; readonly seed: number };

export interface FrontSettings extends ChdbFrontOptions {
  readonly path: string;
}

/** What the other process is asked for. Each gets one answer, in order. */
export type FrontRequest =
  | { readonly ask: 'fault'; readonly fault: SentFault }
  | { readonly ask: 'user'; readonly name: string; readonly password: string }
  | { readonly ask: 'sql'; readonly sql: string }
  | { readonly ask: 'refuse' | 'listen' | 'close' };

export interface FrontAnswer {
  readonly text?: string;
  readonly error?: string;
}

/** The front in a process of its own: it says its URL, then answers what it is sent. The settings are its one argument. */
export async function runFrontProcess(): Promise<void> {
  const { path, ...options } = JSON.parse(process.argv[2]!) as FrontSettings;
  const front = await chdbFront(path, options);
  const tell = (answer: FrontAnswer): unknown => process.send!(answer);

  async function serve(request: FrontRequest): Promise<string> {
    switch (request.ask) {
      case 'fault':
        misbehave(
          front,
          request.fault.kind === 'moody' ? { ...request.fault, random: seeded(request.fault.seed) } : request.fault,
        );
        return '';
      case 'user':
        front.users.clear();
        front.users.set(request.name, request.password);
        return '';
      case 'sql':
        return front.sql(request.sql);
      case 'refuse':
        await front.refuse();
        return '';
      case 'listen':
        await front.listen();
        return '';
      case 'close':
        await front.close();
        return '';
    }
  }

  process.on('message', (request: FrontRequest) => {
    void serve(request).then(
      (text) => tell({ text }),
      (error: unknown) => tell({ error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  tell({ text: front.url });
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
