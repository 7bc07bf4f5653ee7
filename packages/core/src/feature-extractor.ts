import type { Component } from './component.js';
import type { Recording } from './event.js';

export interface ExtractedFeatures {
  /** In the order of the extractor's `names`; every value is finite. */
  readonly values: Float64Array;
  /** Further vectors kept with the row but not offered to a model, e.g. `mel_db_mean`. */
  readonly extras: Readonly<Record<string, readonly number[]>>;
}

/** Sound to columns. */
export interface FeatureExtractor extends Component {
  /** Column names, in the order of what `extract` returns. */
  readonly names: readonly string[];
  /** Identifies parameters and columns (a short hash); written into models and rows. */
  readonly recipe: string;
  /** Whether its columns hold the same numbers as those of another recipe, and all of them. Absent: only of its own. */
  covers?(recipe: string): boolean;
  /** Rejects with `E_FEATURES` for a recording that cannot be analysed, `E_TIMEOUT` when `signal` aborts, `E_OVERLOADED` when its queue is full. */
  extract(recording: Recording, signal?: AbortSignal): Promise<ExtractedFeatures>;
}
