import { createInterface } from 'node:readline';
import { LouverError } from '@louver/core';

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\b', '\u007f']);
const INTERRUPT = '\u0003';

/** The first line of a stream: a password that is piped in. Rejects with `E_CONFIG` when there is none. */
export async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) return line;
  throw new LouverError('E_CONFIG', 'password: found nothing on standard input, expected one line (--password-stdin)');
}

/** Asks at a terminal, without echo. `undefined`, without a terminal or for an empty answer: one is to be made. */
export async function askPassword(name: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const first = await askHidden(`password for ${name} (empty: make one): `);
  if (first === '') return undefined;
  if ((await askHidden('once more: ')) === first) return first;
  throw new LouverError('E_CONFIG', 'the two passwords are not the same: nothing was changed');
}

function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true).setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (): void => {
      stdin.off('data', onData).setRawMode(false).pause();
      stderr.write('\n');
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (ENTER.has(character)) {
          finish();
          return resolve(typed);
        }
        if (character === INTERRUPT) {
          finish();
          return reject(new LouverError('E_CONFIG', 'given up: nothing was changed'));
        }
        typed = BACKSPACE.has(character) ? [...typed].slice(0, -1).join('') : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}
