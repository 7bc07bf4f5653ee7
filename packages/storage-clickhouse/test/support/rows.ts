import { sampleRows } from '@louver/core/testkit';

/** 2025-10-24T12:00:00.123Z, when they are of. */
export const T0 = sampleRows.scalar().timestamp;

export const {
  scalar: scalarRow,
  quantity: quantityRow,
  audio: audioRow,
  action: actionRow,
  prediction: predictionRow,
  device: deviceRow,
  state: stateRow,
  event: eventRow,
  deadLetter: deadLetterRow,
} = sampleRows;
