import { EventEmitter } from 'eventemitter3';
import type { Logger } from './logger.js';
import type { PipelineEvents } from './options.js';

/** For looking on: a listener that throws is logged and disturbs nobody. */
export class Onlookers {
  readonly #emitter = new EventEmitter();

  constructor(private readonly logger: Logger) {}

  on<E extends keyof PipelineEvents>(event: E, listener: (...args: PipelineEvents[E]) => void): () => void {
    const guarded = (...args: unknown[]): void => {
      const failed = (error: unknown): void => this.logger.error('listener failed', { event, error: String(error) });
      try {
        // An async function fits a type that returns nothing; its rejection would end the process.
        const returned: unknown = listener(...(args as PipelineEvents[E]));
        if (returned instanceof Promise) returned.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
    this.#emitter.on(event, guarded);
    return () => void this.#emitter.off(event, guarded);
  }

  emit<E extends keyof PipelineEvents>(event: E, ...args: PipelineEvents[E]): void {
    this.#emitter.emit(event, ...args);
  }
}
