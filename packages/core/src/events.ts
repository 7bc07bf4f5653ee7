import { EventEmitter } from 'eventemitter3';
import type { Logger } from './logger.js';
import type { PipelineEvents } from './options.js';

/** For looking on: a listener that throws is logged and disturbs nobody. */
export class Onlookers {
  readonly #emitter = new EventEmitter();

  constructor(private readonly logger: Logger) {}

  on<E extends keyof PipelineEvents>(event: E, listener: (...args: PipelineEvents[E]) => void): () => void {
    const guarded = (...args: unknown[]): void => {
      try {
        listener(...(args as PipelineEvents[E]));
      } catch (error) {
        this.logger.error('listener failed', { event, error: String(error) });
      }
    };
    this.#emitter.on(event, guarded);
    return () => void this.#emitter.off(event, guarded);
  }

  emit<E extends keyof PipelineEvents>(event: E, ...args: PipelineEvents[E]): void {
    this.#emitter.emit(event, ...args);
  }
}
