import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { ERROR_CODES } from '@louver/core';
import { PROTOCOL } from '@louver/device-esp32';
import { DEFAULT_GROUPS, DEFAULT_PARAMETERS } from '@louver/ml';
import { loadConfig, type ServerConfig } from '@louver/server';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { louverProgram } from '../../packages/server/src/cli/run-cli.js';
import { KEY_FACTS } from '../../packages/server/src/config/known-keys.js';
import { configSchema } from '../../packages/server/src/config/schema.js';
import { KEY_OF_FLAG, KEY_OF_VARIABLE } from '../../packages/server/src/config/sources.js';
import { openapi } from '../../packages/server/src/http/openapi.js';
import { papers } from '../docs/papers.js';
import { anchorsOf, relativeLinks, withoutFences } from './links.js';
import { mermaidProblems } from './mermaid.js';
import { blocksOf, paper, root } from './paper.js';

const names = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const texts = new Map(names.map((name) => [name, paper(name)]));
const folder = mkdtempSync(join(tmpdir(), 'louver-papers-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is generated', () => {
  test.each(papers(root).map(({ path, text }) => [path, text] as const))(
    '%s is up to date (npm run generate)',
    (path, text) => {
      expect(paper(path)).toBe(text);
    },
  );
});

/** By a walk of its own over the schema. */
function keysIn(schema: z.ZodType, prefix = ''): readonly string[] {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (inner instanceof z.ZodRecord) return keysIn(inner.valueType as z.ZodType, `${prefix}<id>.`);
  if (!(inner instanceof z.ZodObject)) return [prefix.slice(0, -1)];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, value]) =>
    keysIn(value, `${prefix}${key}.`),
  );
}

const keys = keysIn(configSchema);
const sections = new Set(keys.map((key) => key.split('.')[0]!));
/** `a.{b,c}` is two keys; `<id>` and the name of a device are the same. */
const spelled = (key: string): readonly string[] => {
  const braces = /\{([^}]*)\}/.exec(key);
  if (braces === null) return [key.replace(/^(change_detection\.devices)\.[^.]+/, '$1.<id>')];
  return braces[1]!.split(',').flatMap((one) => spelled(key.replace(braces[0], one)));
};
const isKey = (key: string): boolean => keys.some((known) => known === key || known.startsWith(`${key}.`));

/** What a key is refused without. */
const needed = (key: string) => (key.startsWith('clickhouse.reader_') ? { clickhousePort: '0' } : {});

const TOPICS = ['temperature', 'humidity', 'audio', 'inferenceRequest', 'windowControl'] as const;

/** A configuration with what its parts fill in themselves where it says nothing. */
function told(config: ServerConfig): object {
  const { audio, topics, model, ...others } = config;
  return {
    ...others,
    audio: {
      features: DEFAULT_GROUPS,
      ...audio,
      preparation: { removeDc: false, ...audio.preparation },
      parameters: { ...DEFAULT_PARAMETERS, ...audio.parameters },
    },
    topics: Object.fromEntries(
      TOPICS.map((name) => [name, (topics[name] ?? PROTOCOL[name].topic).replace('{device_id}', '+')]),
    ),
    model: {
      workers: 1,
      timeoutMs: 3_000,
      ...model,
      rollBack: { maxErrorRate: 0.05, maxNotFiniteRate: 0.01, window: 200, minFailures: 3, ...model.rollBack },
    },
    journal: { maxBytes: 1024 ** 3, ...config.journal },
  };
}

describe('configuration', () => {
  test('every key of the schema says what it does and what it is without, and is in CONFIGURATION.md once', () => {
    expect(KEY_FACTS.map(({ key }) => key)).toEqual(keys);
    for (const { key, description, default: fallback } of KEY_FACTS) {
      expect({ key, description }).toEqual({
        key,
        description: expect.stringMatching(/^[A-Z0-9].{15,}\.$/s) as string,
      });
      expect({ key, fallback }).toEqual({ key, fallback: expect.stringMatching(/\S/) as string });
    }
    const listed = [
      ...texts
        .get('docs/CONFIGURATION.md')!
        .split('## Every key')[1]!
        .matchAll(/^\| `([^`]+)`/gm),
    ].map(([, key]) => key);
    expect(listed).toEqual(keys);
  });

  // Keys of a cluster need each other: none of them is like nothing.
  const settable = KEY_FACTS.filter(
    ({ key, default: fallback }) => !fallback.startsWith('(') && !/<id>|^clickhouse\.cluster\./.test(key),
  );
  test.each(settable.map(({ key, default: fallback }) => [key, fallback] as const))(
    '%s: %s is what it is without',
    (key, fallback) => {
      const [section, ...rest] = key.split('.');
      const value = /^\[|^[\d.]+$|^(true|false)$/.test(fallback) ? fallback : JSON.stringify(fallback);
      const nested = rest.reduceRight((inner, name) => `{ ${name}: ${inner} }`, value);
      const of = (text: string) => {
        writeFileSync(join(folder, 'louver.yaml'), text);
        return told(loadConfig({ workingDirectory: folder, flags: needed(key) }));
      };
      expect(of(`${section}: ${nested}`)).toEqual(of(''));
    },
  );

  test('every key that a paper names exists, every yaml example loads', () => {
    const wrong: string[] = [];
    for (const [name, text] of texts) {
      for (const [, key] of withoutFences(text).matchAll(
        /`([a-z_]+(?:\.(?:[a-z_0-9]+|<id>|\{[a-z_,]+\}))+)(?:: [^`]*)?`/g,
      )) {
        if (!sections.has(key!.split('.')[0]!) || /\.(md|ts|json|onnx|yaml|log)$/.test(key!)) continue;
        wrong.push(
          ...spelled(key!)
            .filter((one) => !isKey(one))
            .map((one) => `${name}: ${one}`),
        );
      }
      for (const { language, text: yaml, line } of blocksOf(text)) {
        if (language !== 'yaml' || !sections.has(/^\s*(?:#.*\n\s*)*(\w+)/.exec(yaml)?.[1] ?? '')) continue;
        writeFileSync(join(folder, 'louver.yaml'), yaml);
        try {
          loadConfig({ workingDirectory: folder });
        } catch (error) {
          wrong.push(`${name} line ${line}: ${(error as Error).message}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every LOUVER_ variable that a paper names is read somewhere, those of the server are in CONFIGURATION.md', () => {
    const grep = ['grep', '-hoE', 'LOUVER_[A-Z_]+[A-Z]', '--', '.', ':!docs', ':!*.md', ':!.changeset'];
    const read = new Set(execFileSync('git', grep, { cwd: root, encoding: 'utf8' }).split('\n'));
    const named = [...texts].flatMap(([name, text]) =>
      [...text.matchAll(/\bLOUVER_[A-Z_]+[A-Z]\b/g)].map(([variable]) => `${name}: ${variable}`),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((each) => !read.has(each.split(': ')[1]!))).toEqual([]);
    for (const name of [...Object.keys(KEY_OF_VARIABLE), ...Object.keys(KEY_OF_FLAG)])
      expect(texts.get('docs/CONFIGURATION.md')).toContain(`\`${name}\``);
  });

  test('every flag of a command that a paper shows is one of it', () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const [name, text] of texts) {
      const shown = [
        ...blocksOf(text)
          .filter(({ language }) => !['ts', 'json', 'yaml', 'js'].includes(language))
          .map((block) => block.text.replaceAll('\\\n', ' ')),
        ...[...withoutFences(text).matchAll(/`([^`]+)`/g)].map(([, inline]) => inline!),
      ];
      for (const line of shown.flatMap((each) => each.split('\n'))) {
        for (const [, start, words] of line.matchAll(/(?:^|[\s$(])(louver|npm start --)((?: +[^\s|#&>;)·]+)+)/g)) {
          const given = start === 'louver' ? words!.trim().split(/ +/) : ['serve', ...words!.trim().split(/ +/)];
          const command = louverProgram().commands.find((each) => each.name() === given[0]);
          const below = command?.commands.find((each) => each.name() === given[1]) ?? command;
          if (below === undefined) continue;
          for (const flag of given
            .filter((word) => /^--[a-z]/.test(word))
            .map((word) => word.replace(/[=\],.…].*$/, ''))) {
            seen++;
            if (flag !== '--help' && !below.options.some(({ long }) => long === flag))
              wrong.push(`${name}: louver ${given.join(' ')}: ${flag}`);
          }
        }
      }
    }
    expect(seen).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });
});

test('every path of the HTTP API that a paper names is one', () => {
  const paths = Object.keys(openapi('')['paths'] as object).map(
    (path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  );
  const named = [...texts].flatMap(([name, text]) =>
    [
      ...text.matchAll(
        /(?:(?:GET|PUT|POST|DELETE) |127\.0\.0\.1:8080|HTTP_PORT:-8080\})(\/(?:api|healthz|readyz|openapi)[^\s?`'"|…,;)]*)/g,
      ),
    ].map(([, path]) => [name, path!.replace(/[.:]$/, '')] as const),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(([, path]) => !paths.some((known) => known.test(path)))).toEqual([]);
});

test('every error code that a paper names is in the catalogue', () => {
  const named = [...texts].flatMap(([name, text]) =>
    [...text.matchAll(/\bE_[A-Z][A-Z_]*[A-Z]\b/g)].map(([code]) => `${name}: ${code}`),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((each) => !(each.split(': ')[1]! in ERROR_CODES))).toEqual([]);
});

const elsewhere = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);

test('every relative link of README.md, docs/*.md and the packages resolves, with its anchor', () => {
  const wrong: string[] = [];
  const anchors = new Map<string, ReadonlySet<string>>();
  for (const [name, text] of [...texts, ...elsewhere.map((each) => [each, paper(each)] as const)]) {
    for (const link of relativeLinks(text)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(root, name) : resolve(root, dirname(name), decodeURIComponent(path));
      if (!existsSync(target)) wrong.push(`${name}: ${link}: there is no ${relative(root, target)}`);
      else if (anchor !== undefined) {
        const file = statSync(target).isDirectory() ? join(target, 'README.md') : target;
        if (!anchors.has(file)) anchors.set(file, anchorsOf(readFileSync(file, 'utf8')));
        if (!anchors.get(file)!.has(anchor)) wrong.push(`${name}: ${link}: no such heading`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

describe('mermaid', () => {
  const diagrams = [...texts].flatMap(([name, text]) =>
    blocksOf(text)
      .filter(({ language }) => language === 'mermaid')
      .map((block) => [`${name} line ${block.line}`, block.text] as const),
  );

  test('there are the seven sequences', () => expect(diagrams.length).toBeGreaterThanOrEqual(7));
  test.each(diagrams)('%s', (_name, diagram) => expect(mermaidProblems(diagram)).toEqual([]));

  test.each([
    ['graph TD', 'begins with graph TD'],
    ['flowchart', 'begins with flowchart'],
    ['flowchart LR\nA[x] -> B', 'not understood'],
    ['flowchart LR\nA[x] --> B[y', 'not understood'],
    ['flowchart LR\nA[f(x)] --> B', 'not understood'],
    ['flowchart LR\nA --> end', 'not understood'],
    ['flowchart LR\nA -- x --> B\nsubgraph C', 'not ended'],
    ['flowchart LR\nA[x] --> B\nA[y] --> B', 'has its text already'],
    ['flowchart LR\nA[x]', 'no arrow'],
    ['sequenceDiagram\nparticipant A\nA->>B: x', 'B is no participant'],
    ['sequenceDiagram\nparticipant A\nA=>A: x', 'not understood'],
    ['sequenceDiagram\nparticipant A\nA->>A: x\nalt y', 'not ended'],
    ['sequenceDiagram\nparticipant A\nA->>A: x\nelse y', 'not within'],
    ['sequenceDiagram\nparticipant A\nA->>A: x; y', 'end a statement'],
    ['sequenceDiagram\nparticipant A\nA->>A:', 'not understood'],
  ])('%j is refused', (diagram, why) => expect(mermaidProblems(diagram).join()).toContain(why));
});
