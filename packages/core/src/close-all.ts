import type { Logger } from './logger.js';

interface Closable {
  close(): Promise<void>;
}

/** Closes one after the other. One that fails is told, not thrown: it must not keep the others open, a journal would stay locked. */
export async function closeAll(parts: readonly (Closable | undefined)[], logger: Logger): Promise<void> {
  for (const part of parts) {
    try {
      await part?.close();
    } catch (error) {
      logger.error('not closed', { error: String(error) });
    }
  }
}
