import { EventEmitter } from 'eventemitter3';
import type { Logger } from './logger.js';

/** Who looks on at the events of `Events` (argument lists by name): a listener that throws is logged and disturbs nobody. */
export class Onlookers<Events extends { readonly [E in keyof Events]: readonly unknown[] }> {
  readonly #emitter = new EventEmitter();

  constructor(private readonly logger: Logger) {}

  on<E extends keyof Events & string>(event: E, listener: (...args: Events[E]) => void): () => void {
    const guarded = (...args: unknown[]): void => {
      const failed = (error: unknown): void => this.logger.error('listener failed', { event, error: String(error) });
      try {
        // An async function fits a type that returns nothing; its rejection would end the process.
        const returned: unknown = listener(...(args as unknown as Events[E]));
        if (returned instanceof Promise) returned.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
    this.#emitter.on(event, guarded);
    return () => void this.#emitter.off(event, guarded);
  }

  emit<E extends keyof Events & string>(event: E, ...args: Events[E]): void {
    this.#emitter.emit(event, ...args);
  }
}
