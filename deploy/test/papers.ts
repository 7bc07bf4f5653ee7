/** Fenced blocks of a paper in these languages. */
export function blocksOf(text: string, ...languages: readonly string[]): readonly string[] {
  const blocks: string[] = [];
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1]!, lines: [] };
    else {
      if (languages.includes(open.language)) blocks.push(open.lines.join('\n'));
      open = undefined;
    }
  }
  return blocks;
}

/** Where a paper says to look, as written. */
export function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** What its headings are called in links. */
export function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
