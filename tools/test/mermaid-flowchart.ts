/** A node, at first with its text: `A`, `A[text]`, `A(text)`, `A[(text)]`. What would end the text is not in it, nor is it a word of the language. */
const NODE = /^(?!end\b)([A-Za-z][A-Za-z0-9_]*)(?:\[\([^[\](){}|"]+\)\]|\[[^[\](){}|"]+\]|\([^[\](){}|"]+\))?/;
/** `-->`, `<-->`, `---`, and `-- text -->`. */
const ARROW = /^(?:<?-->|---|-- [^-]+(?:-[^-]+)* -->)/;

/** Every line is nodes and arrows by turns or opens or closes a subgraph, all of which are closed; a node has one text, and all belong together. */
export function flowchartProblems(lines: readonly string[]): readonly string[] {
  const problems: string[] = [];
  const texts = new Map<string, string>();
  let open = 0;
  let arrows = 0;
  for (const line of lines) {
    if (line === '' || line.startsWith('%%')) continue;
    if (line === 'end') {
      if (--open < 0) problems.push('end: nothing is open');
      open = Math.max(open, 0);
      continue;
    }
    if (/^subgraph [A-Za-z][A-Za-z0-9_]*(?: \[[^[\](){}|"]+\])?$/.test(line)) {
      open++;
      continue;
    }
    const found = chain(line);
    if (found === undefined) {
      problems.push(`${line}: not understood`);
      continue;
    }
    arrows += found.arrows;
    for (const { id, text } of found.nodes) {
      if (text === '') continue;
      if (texts.has(id)) problems.push(`${line}: ${id} has its text already`);
      texts.set(id, text);
    }
  }
  if (open > 0) problems.push('subgraph: not ended');
  if (arrows === 0) problems.push('no arrow');
  return problems;
}

interface Chain {
  readonly nodes: readonly { readonly id: string; readonly text: string }[];
  readonly arrows: number;
}

/** `A --> B & C --> D`; `undefined`: it is none. */
function chain(line: string): Chain | undefined {
  const nodes: { id: string; text: string }[] = [];
  let arrows = 0;
  let rest = line;
  for (;;) {
    const node = NODE.exec(rest);
    if (node === null) return undefined;
    nodes.push({ id: node[1]!, text: node[0].slice(node[1]!.length) });
    rest = rest.slice(node[0].length).trimStart();
    if (rest === '') return { nodes, arrows };
    const link = /^&/.exec(rest) ?? ARROW.exec(rest);
    if (link === null) return undefined;
    if (link[0] !== '&') arrows++;
    rest = rest.slice(link[0].length).trimStart();
  }
}
