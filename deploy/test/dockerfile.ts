export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const INSTRUCTIONS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/** The stages of a Dockerfile. Throws for an instruction that there is not, or one before the first FROM but ARG. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const variables: Record<string, string> = {};
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!INSTRUCTIONS.has(name)) throw new Error(`no instruction of a Dockerfile: ${line}`);
    if (name === 'FROM') {
      const [, from = '', as = ''] = /^(\S+)(?: AS ([a-z-]+))?$/.exec(rest) ?? [];
      stages.push({
        name: as,
        from: from.replace(/^\$\{(\w+)\}$/, (_all, key: string) => variables[key] ?? ''),
        instructions: [],
      });
    } else if (stages.length > 0) stages.at(-1)!.instructions.push({ name, rest });
    else if (name === 'ARG') variables[rest.split('=')[0]!] = rest.split('=')[1] ?? '';
    else throw new Error(`${name} before FROM`);
  }
  return stages;
}

/** Everything that is carried out for a target, oldest first; the image that it begins with at the front. */
export function lineageOf(
  stages: readonly Stage[],
  target: string,
): { readonly image: string; readonly instructions: readonly Instruction[] } {
  const stage = stages.find(({ name }) => name === target);
  if (stage === undefined) return { image: target, instructions: [] };
  const { image, instructions } = lineageOf(stages, stage.from);
  return { image, instructions: [...instructions, ...stage.instructions] };
}
