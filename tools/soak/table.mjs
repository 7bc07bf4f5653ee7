const HEAD = ['promise', 'tier', 'result', 'seconds', 'numbers'];

/** Promises as lines of text, what they measured last; every further figure of one has a line of its own. */
export function table(rows) {
  const lines = [HEAD];
  for (const { promise, tier, passed, seconds, numbers } of rows) {
    const [first = '', ...others] = numbers;
    lines.push([promise, tier, passed ? 'passed' : 'FAILED', seconds.toFixed(0), first]);
    for (const other of others) lines.push(['', '', '', '', other]);
  }
  const widths = HEAD.slice(0, -1).map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => line.map((text, column) => (column < widths.length ? text.padEnd(widths[column]) : text)))
    .map((line) => line.join('  ').trimEnd())
    .join('\n');
}
