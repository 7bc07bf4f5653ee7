import type { DeadLetterRow } from '@louver/core';
import { isoTime } from './representation.js';

/** Of a payload in a list; a reading has some 60 bytes. */
const SHOWN_BYTES = 1024;
/** What a list needs of the base64 to know whether there is more. */
export const SHOWN_CHARS = Math.ceil((SHOWN_BYTES + 1) / 3) * 4;

/** Control characters other than tab and line breaks. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]/u;

/** A row of `dead_letters` in a list: the beginning of its payload. */
export function deadLetterJson(row: DeadLetterRow): object {
  const bytes = Buffer.from(row.payload, 'base64');
  return { ...headJson(row), ...payloadJson(bytes.subarray(0, SHOWN_BYTES), bytes.length > SHOWN_BYTES) };
}

/** A row of `dead_letters` with all of its payload. */
export function wholeDeadLetterJson(row: DeadLetterRow): object {
  return { ...headJson(row), ...payloadJson(Buffer.from(row.payload, 'base64'), false) };
}

export function headJson({ message_id, received_at, device_id, topic, code, detail }: DeadLetterRow): object {
  return { message_id, received_at: isoTime(received_at), device_id, topic, code, detail };
}

function payloadJson(bytes: Buffer, truncated: boolean): object {
  const text = textOf(bytes, truncated);
  const [payload, encoding] = text === undefined ? [bytes.toString('base64'), 'base64'] : [text, 'utf-8'];
  return { payload, payload_encoding: encoding, payload_truncated: truncated };
}

/** `truncated`: the last character may be cut in two. */
function textOf(bytes: Buffer, truncated: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
    return UNPRINTABLE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
