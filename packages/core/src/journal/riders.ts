import type { Position } from '../journal.js';
import type { Batch } from './batches.js';
import { encodeDone, encodeSettled } from './entries.js';
import { toRanges } from './ranges.js';
import type { Segment, SegmentList } from './segment.js';

export interface Load {
  readonly dones: readonly Batch[];
  readonly settled: readonly Position[];
}

/** DONE and SETTLED: they go out with the next write and never cause a sync. A crash may forget them. */
export class Riders {
  private dones: Batch[] = [];
  private settled: Position[] = [];

  get waiting(): boolean {
    return this.dones.length > 0 || this.settled.length > 0;
  }

  done(batch: Batch): void {
    this.dones.push(batch);
  }

  settle(position: Position): void {
    this.settled.push(position);
  }

  take(): Load {
    const load = { dones: this.dones, settled: this.settled };
    if (load.dones.length > 0) this.dones = [];
    if (load.settled.length > 0) this.settled = [];
    return load;
  }

  /** They could not be written. */
  putBack({ dones, settled }: Load): void {
    this.dones = [...dones, ...this.dones];
    this.settled = [...settled, ...this.settled];
  }
}

export function encodeRiders({ dones, settled }: Load, marker: number): Buffer[] {
  const entries = dones.map(({ number }) => encodeDone(number, marker));
  if (settled.length > 0) entries.push(encodeSettled(toRanges(settled), marker));
  return entries;
}

/** They are in `active` now: what is removed must not take them along. */
export function ridersWritten({ dones, settled }: Load, active: Segment, segments: SegmentList): void {
  for (const batch of dones) batch.doneIn = active.number;
  let segment: Segment | undefined;
  for (const position of settled) {
    if (segment !== undefined && position >= segment.first && position < segment.next) continue;
    segment = segments.holding(position);
    if (segment !== undefined && segment !== active) segment.settledIn.add(active.number);
  }
}
