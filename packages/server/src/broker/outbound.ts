import type { Socket } from 'node:net';

/** What is on its way to all clients together; bounded, and with it the memory of the broker. */
export interface BacklogBudget {
  /** What one client may have on its way, in bytes. */
  readonly limitBytes: number;
  /** In all, in bytes. */
  readonly totalBytes: number;
  change(byBytes: number): void;
}

/** @param maxBytes for one client; while more than eight times of it are on their way in all, only an eighth */
export function backlogBudget(maxBytes: number): BacklogBudget {
  let totalBytes = 0;
  return {
    get limitBytes() {
      return totalBytes > 8 * maxBytes ? maxBytes / 8 : maxBytes;
    },
    get totalBytes() {
      return totalBytes;
    },
    change(byBytes) {
      totalBytes += byBytes;
    },
  };
}

export interface OutboundOptions {
  readonly budget: BacklogBudget;
  /** A client that takes nothing for this long is slow. */
  readonly drainTimeoutMs: number;
  /** Bytes on their way before they reach the socket. */
  readonly queuedBytes: () => number;
  /** Told once, in words. */
  readonly onSlow: (reason: string) => void;
}

/** The way to one client: nobody waits for it, so it is watched and bounded here. */
export interface Outbound {
  /** `taken` is called when the socket wants more. */
  write(chunks: readonly Buffer[], taken: () => void): void;
  /** To be called when something was queued. */
  queued(): void;
  end(): void;
}

export function outbound(socket: Socket, { budget, drainTimeoutMs, queuedBytes, onSlow }: OutboundOptions): Outbound {
  let counted = 0;
  let stalled: NodeJS.Timeout | undefined;
  let ended = false;

  const backlog = (): number => queuedBytes() + socket.writableLength;

  const count = (): void => {
    const now = ended ? 0 : backlog();
    budget.change(now - counted);
    counted = now;
  };

  const slow = (reason: string): void => {
    if (ended) return;
    finish();
    onSlow(reason);
  };

  const finish = (): void => {
    ended = true;
    clearTimeout(stalled);
    count();
  };

  const progressed = (): void => {
    if (ended) return;
    count();
    if (counted > 0) stalled?.refresh();
    else {
      clearTimeout(stalled);
      stalled = undefined;
    }
  };

  return {
    write(chunks, taken) {
      socket.cork();
      let open = true;
      for (const chunk of chunks) open = socket.write(chunk, progressed);
      socket.uncork();
      if (open) taken();
      else socket.once('drain', taken);
    },
    queued() {
      if (ended) return;
      count();
      const limit = budget.limitBytes;
      if (counted > limit) return slow(`has not taken ${counted} bytes, at most ${limit} are kept for it`);
      if (counted === 0) return;
      stalled ??= setTimeout(() => slow(`has taken nothing for ${drainTimeoutMs} ms`), drainTimeoutMs).unref();
    },
    end: finish,
  };
}
