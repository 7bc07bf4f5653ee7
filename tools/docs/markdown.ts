/** A table as prettier writes it: every column as wide as its longest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => [...row[column]!].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length)).join(' | ')} |`;
  const [head, ...body] = cells.map(line);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** A paper with what stands between `<!-- generated: NAME -->` and `<!-- /generated -->` replaced. Throws when a marker is missing. */
export function withGenerated(paper: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((text, [name, section]) => {
    const begin = `<!-- generated: ${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf('<!-- /generated -->', from);
    if (from < 0 || to < 0)
      throw new Error(`found no "${begin}" … "<!-- /generated -->", expected both: put them where the section belongs`);
    return `${text.slice(0, from)}${begin}\n\n${section}\n\n${text.slice(to)}`;
  }, paper);
}
