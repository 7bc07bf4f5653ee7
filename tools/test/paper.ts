import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether the programs that the blocks of papers call are there. */
export function isInstalled(...programs: readonly string[]): boolean {
  return programs.every((program) => spawnSync(program, ['--version']).status === 0);
}

/** A fenced block of a paper, and the `text` block that follows as what it prints. */
export interface PaperBlock {
  readonly language: string;
  readonly text: string;
  /** In the paper, from 1. */
  readonly line: number;
  readonly output?: string;
}

export function paper(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8');
}

export function blocksOf(markdown: string): readonly PaperBlock[] {
  const fenced = [...markdown.matchAll(/^( *)```(\w*)[^\n]*\n(.*?)^\1```/gms)].map((found) => ({
    language: found[2]!,
    text: found[3]!.replaceAll(new RegExp(`^${found[1]!}`, 'gm'), ''),
    line: markdown.slice(0, found.index).split('\n').length,
    end: found.index + found[0].length,
    begin: found.index,
  }));
  return fenced.map(({ language, text, line, end }, at) => {
    const next = fenced[at + 1];
    const follows = language === 'sh' && next?.language === 'text' && markdown.slice(end, next.begin).trim() === '';
    return { language, text, line, ...(follows && { output: next.text }) };
  });
}

/** What a paper shows as a program's output: its lines stand in this order, `…` is for anything. */
export function outputPattern(shown: string): RegExp {
  const lines = shown
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('…')
        .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*'),
    );
  return new RegExp(lines.map((line) => `^${line}$`).join('\\n(?:.*\\n)*'), 'm');
}
