import { flowchartProblems } from './mermaid-flowchart.js';

/** Arrows between two participants, the longest first so that none is taken for the beginning of another. */
const ARROWS = ['<<-->>', '<<->>', '-->>', '->>', '--x', '-x', '--)', '-)', '-->', '->'];
const NAME = '[A-Za-z][A-Za-z0-9_]*';
const MESSAGE = new RegExp(
  `^(${NAME})\\s*(${ARROWS.map((arrow) => arrow.replace(/[)<>-]/g, '\\$&')).join('|')})[+-]?\\s*(${NAME})\\s*:\\s*\\S`,
);
/** What opens a block, and what may divide it. */
const BLOCKS: Readonly<Record<string, string | undefined>> = {
  alt: 'else',
  par: 'and',
  critical: 'option',
  loop: undefined,
  opt: undefined,
};

/** What is wrong with a diagram, line by line: a check of its own for the parts of the language that the papers use. Other kinds of diagram are refused. */
export function mermaidProblems(diagram: string): readonly string[] {
  const [head = '', ...lines] = diagram
    .trim()
    .split('\n')
    .map((line) => line.trim());
  if (head === 'sequenceDiagram') return sequenceProblems(lines);
  if (/^flowchart (LR|RL|TB|TD|BT)$/.test(head)) return flowchartProblems(lines);
  return [`begins with ${head}, expected sequenceDiagram, or flowchart with a direction`];
}

/**
 * Participants are declared once and before they speak, arrows are known ones and have a text, blocks are closed and divided as they may be, notes
 * are over participants that there are, and no text holds what ends a statement (`;`, `#`).
 */
function sequenceProblems(lines: readonly string[]): readonly string[] {
  const known = new Set<string>();
  const used = new Set<string>();
  const open: string[] = [];
  const problems: string[] = [];
  const speaks = (name: string, line: string): void => {
    used.add(name);
    if (!known.has(name)) problems.push(`${line}: ${name} is no participant`);
  };
  for (const line of lines) {
    if (line === '' || line.startsWith('%%')) continue;
    if (/[;#]/.test(line)) problems.push(`${line}: ; and # end a statement`);
    const [word = ''] = line.split(/\s/);
    const participant = new RegExp(`^(?:participant|actor) (${NAME})(?: as \\S.*)?$`).exec(line);
    const note = new RegExp(`^Note (?:over|left of|right of) (${NAME})(?:,\\s*(${NAME}))?\\s*:\\s*\\S`).exec(line);
    const message = MESSAGE.exec(line);
    if (participant !== null) {
      if (known.has(participant[1]!)) problems.push(`${line}: declared before`);
      known.add(participant[1]!);
    } else if (note !== null) {
      for (const name of [note[1], note[2]]) if (name !== undefined) speaks(name, line);
    } else if (word in BLOCKS) open.push(word);
    else if (word === 'end' && line === 'end') {
      if (open.pop() === undefined) problems.push('end: nothing is open');
    } else if (Object.values(BLOCKS).includes(word)) {
      if (open.length === 0 || BLOCKS[open.at(-1)!] !== word)
        problems.push(`${line}: not within a block that it divides`);
    } else if (message !== null) {
      speaks(message[1]!, line);
      speaks(message[3]!, line);
    } else problems.push(`${line}: not understood`);
  }
  if (open.length > 0) problems.push(`${open.join(', ')}: not ended`);
  for (const name of known) if (!used.has(name)) problems.push(`${name}: never speaks`);
  return problems;
}
