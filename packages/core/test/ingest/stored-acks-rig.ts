import {
  LouverError,
  memoryJournal,
  memoryTransport,
  type Journal,
  type NoteRecord,
  type OutboundMessage,
  type PipelineOptions,
  type Position,
} from '@louver/core';
import type { manualClock } from '@louver/core/testkit';
import { expect } from 'vitest';
import { rig, settled } from '../support/rig.js';

/** A journal that outlives its pipeline, and tells what was done to it. */
export function lastingJournal() {
  const inner = memoryJournal();
  const log: string[] = [];
  const topics: string[] = [];
  const unsettledNotes = new Map<Position, NoteRecord>();
  const faults = { full: false };
  const journal: Journal = {
    ...inner,
    level: 'journal',
    async append(records, options) {
      if (faults.full && options?.own !== true) throw new LouverError('E_JOURNAL_FULL', 'no room');
      const appended = await inner.append(records, options);
      records.forEach((record, i) => {
        if (record.type === 'delivery') topics.push(record.topic);
        if (record.type !== 'note') return;
        expect(options?.own).toBe(true);
        unsettledNotes.set(appended.first + i, record);
        log.push(`note ${record.key} ${record.value}`);
      });
      return appended;
    },
    settle(positions) {
      for (const position of positions) unsettledNotes.delete(position);
      inner.settle(positions);
    },
  };
  return {
    journal,
    log,
    faults,
    topics: () => topics,
    notes: () => [...unsettledNotes.values()].map(({ key }) => key),
  };
}

interface Settings extends Partial<PipelineOptions> {
  readonly direct?: boolean;
  readonly lasting?: ReturnType<typeof lastingJournal>;
  readonly clock?: ReturnType<typeof manualClock>;
}

/** A pipeline whose devices count, and what they are told. */
export function acknowledging({ direct = false, lasting = lastingJournal(), clock, ...overrides }: Settings = {}) {
  const faults = { away: false };
  const inner = memoryTransport();
  const transport = {
    ...inner,
    direct,
    async publish(message: OutboundMessage) {
      if (faults.away) throw new LouverError('E_TRANSPORT', 'the broker is away');
      await inner.publish(message);
      const { b, n } = JSON.parse(String(message.payload)) as { b: number; n: number };
      if (message.topic.startsWith('a/')) lasting.log.push(`${message.topic.slice(2)} ${b}:${n}`);
    },
  };
  const { journal } = lasting;
  const parts = rig({ journal, durability: 'journal', ...overrides }, transport, clock);
  const { pipeline } = parts;
  const tell = (device: string, boot: number, seq: number, body: object = { v: 20 + (seq % 5) }) =>
    transport.inject(`s/${device}/temperature`, JSON.stringify({ ...body, b: boot, n: seq }));
  return {
    ...parts,
    lasting,
    brokerFaults: faults,
    tell,
    async tellAll(device: string, boot: number, ...seqs: number[]) {
      await Promise.all(seqs.map((seq) => tell(device, boot, seq)));
      await pipeline.idle();
    },
    async holds(device: string, boot: number, seq: number) {
      await transport.inject(`s/${device}/info`, JSON.stringify({ b: boot, n: seq }));
      await pipeline.idle();
    },
    /** What devices have been told since the last call, as `device boot:seq`. */
    async told(afterMs = 250) {
      await settled();
      await parts.clock.advance(afterMs);
      await settled();
      return lasting.log.splice(0).filter((line) => !line.startsWith('note '));
    },
  };
}
