import type { EpochMs, LouverError } from '@louver/core';
import type { KeptModel } from './model-messages.js';
import type { ModelVersion } from './model-version.js';

/** Of those that serve no more. */
const MAX_PAST = 64;
const MAX_NAMES = 1_000;

interface Listed {
  readonly version: ModelVersion;
}

/** Which models there were, and what they are called. */
export class VersionLedger {
  /** Newest first. Those that live say themselves how they do. */
  #entries: Listed[] = [];
  /** Identities of the last that served, by what they were called. */
  readonly #names = new Map<string, string>();

  get versions(): readonly ModelVersion[] {
    return this.#entries.map(({ version }) => version);
  }

  add(entry: Listed): void {
    let past = 0;
    this.#entries = [entry, ...this.#entries].filter(({ version: { state } }) => {
      return state === 'serving' || state === 'standby' || ++past <= MAX_PAST;
    });
  }

  /** Keeps of one that lives no more what it says now, and lets go of its memory. */
  settle(entry: Listed): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries[at] = { version: entry.version };
  }

  /** Lists a model that never served. */
  refuse(path: string, reason: LouverError, nowMs: EpochMs, { version = '', name = '', sha256 = '' } = {}): void {
    const none = { predictions: 0, errors: 0, notFinite: 0 };
    this.add({
      version: { version, name, path, sha256, state: 'refused', sinceMs: nowMs, reason: reason.message, ...none },
    });
  }

  /** The version by which its predictions would be known: another one for another model that gives itself the same. */
  nameFor({ located, identity }: KeptModel, given?: string): string {
    const version = given ?? located.manifest.version;
    const owner = this.#names.get(version) ?? identity;
    return owner === identity ? version : `${version}+${identity.slice(0, 8)}`;
  }

  /** From now on the version is this model's. */
  claim(version: string, { identity }: KeptModel): void {
    this.#names.set(version, identity);
    if (this.#names.size <= MAX_NAMES) return;
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest);
      return;
    }
  }
}
