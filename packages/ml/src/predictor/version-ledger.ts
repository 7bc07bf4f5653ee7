import type { LouverError } from '@louver/core';
import { type EpochMs } from '@louver/core';
import type { KeptModel } from './model-messages.js';
import type { ModelVersion } from './model-version.js';

/** Of those that serve no more. */
const MAX_PAST = 64;

interface Listed {
  readonly version: ModelVersion;
}

/** Which models there were, and what they are called. */
export class VersionLedger {
  /** Newest first. Those that live say themselves how they do. */
  readonly #entries: Listed[] = [];

  get versions(): readonly ModelVersion[] {
    return this.#entries.map(({ version }) => version);
  }

  add(entry: Listed): void {
    this.#entries.unshift(entry);
    this.#entries.splice(MAX_PAST);
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

  /** The version by which its predictions are known: another for another file that gives itself the same. */
  nameFor({ located, file }: KeptModel, given?: string): string {
    const version = given ?? located.manifest.version;
    const isTaken = this.versions.some((other) => {
      return other.state !== 'refused' && other.version === version && other.sha256 !== file.sha256;
    });
    return isTaken ? `${version}+${file.sha256.slice(0, 8)}` : version;
  }
}
