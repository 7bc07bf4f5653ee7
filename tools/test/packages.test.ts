import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../packages/core/test/support/free-port.js';
import { blocksOf, isInstalled, outputPattern, paper, type PaperBlock } from './paper.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = ['core', 'device-esp32', 'ml', 'storage-clickhouse', 'server'];
const entries = names.flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const modules = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
  return modules.map((entry) => `@louver/${name}${entry.slice(1)}`);
});

let folder: string;

// An npm of its own environment: what `npm test` sets for its children must not steer this install.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));

function npm(...args: string[]): string {
  return execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'louver-consumer-'));
  const workspaces = names.flatMap((name) => ['-w', `@louver/${name}`]);
  execFileSync('npm', ['pack', '--pack-destination', folder, ...workspaces], { cwd: root, env, stdio: 'pipe' });
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', scripts: { start: 'exec louver serve' } }),
  );
  npm('install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`));
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(names)('@louver/%s holds what it needs and nothing of the workshop', (name) => {
  const listed = execFileSync('tar', ['-tzf', join(folder, `louver-${name}-0.1.0.tgz`)], { encoding: 'utf8' });
  const files = listed.trim().split('\n');
  expect(files).toContain('package/LICENSE');
  expect(files).toContain('package/README.md');
  const allowed =
    /^package\/(dist\/|models\/|schema\/[a-z-]+\.json$|asyncapi\.json$|python\/[a-z_]+\.py$|bin\/|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
});

test('every entry imports', () => {
  expect(entries).toContain('@louver/ml/meyda');
  const program = entries.map((entry) => `await import('${entry}');`).join('\n');
  writeFileSync(join(folder, 'import-all.mjs'), `${program}\nconsole.log('imported');\n`);
  const output = execFileSync(process.execPath, ['import-all.mjs'], { cwd: folder, env, encoding: 'utf8' });
  expect(output).toBe('imported\n');
});

test("the device protocol's documents are found", () => {
  const program = `
    import document from '@louver/device-esp32/asyncapi.json' with { type: 'json' };
    import schema from '@louver/device-esp32/schema/temperature.json' with { type: 'json' };
    console.log(document.asyncapi, schema.properties.value.maximum);
  `;
  writeFileSync(join(folder, 'documents.mjs'), program);
  const args = ['--disable-warning=ExperimentalWarning', 'documents.mjs'];
  expect(execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })).toBe('3.0.0 200\n');
});

test('every feature extractor starts its thread from what was installed', () => {
  const program = `
    import { defaultContext } from '@louver/core';
    import { librosaFeatures } from '@louver/ml';
    import { meydaFeatures } from '@louver/ml/meyda';
    const recording = { bytes: new Uint8Array(4000), format: 'pcm_s16le', sampleRateHz: 8000, durationS: 0.25, sha256: '' };
    for (const features of [librosaFeatures(), meydaFeatures()]) {
      await features.open(defaultContext());
      const { values } = await features.extract(recording);
      console.log(features.name, values.length);
      await features.close();
    }
  `;
  writeFileSync(join(folder, 'extract.mjs'), program);
  const output = execFileSync(process.execPath, ['extract.mjs'], { cwd: folder, env, encoding: 'utf8' });
  expect(output).toBe('librosa-features 34\nmeyda-features 34\n');
});

test("a consumer type-checks, without skipLibCheck on our own declarations' account", () => {
  const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nvoid entry${i};`).join('\n');
  writeFileSync(
    join(folder, 'consumer.ts'),
    `${imports}
import { createPipeline, deadband, memoryStorage, memoryTransport } from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';
const pipeline = createPipeline({
  transport: memoryTransport(),
  codec: esp32Codec(),
  storage: memoryStorage(),
  detector: deadband({ temperature: 0.5 }),
});
pipeline.on('command', (command) => command.position.toFixed(1));
`,
  );
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023'],
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  let errors = '';
  try {
    execFileSync(process.execPath, [compiler, '-p', folder], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    errors = (error as { stdout: string }).stdout;
  }
  expect(errors).toBe('');
});

describe.skipIf(!isInstalled('bash', 'curl'))(
  'docs/QUICKSTART.md, block by block as it stands (skipped without bash and curl)',
  () => {
    const blocks = blocksOf(paper('docs/QUICKSTART.md')).filter(({ language }) => language === 'sh');
    let ports: Readonly<Record<string, string>>;

    beforeAll(async () => {
      const names = ['LOUVER_MQTT_PORT', 'LOUVER_HTTP_PORT', 'LOUVER_CLICKHOUSE_PORT'];
      ports = Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, String(await freePort())] as const)),
      );
    });

    // What a block that failed has left running.
    afterAll(() => {
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.pid'))) {
        try {
          process.kill(Number(readFileSync(join(folder, file), 'utf8')));
        } catch {
          // It has ended, as it should.
        }
      }
    });

    test('has both ways', () => expect(blocks.length).toBeGreaterThanOrEqual(9));

    test.each(blocks.map((block) => [block.line, block] as const))('line %i', (_line, { text, output }: PaperBlock) => {
      const printed = execFileSync('bash', ['-e', '-c', text], {
        cwd: folder,
        env: { ...env, ...ports },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      });
      if (output !== undefined) expect(printed).toMatch(outputPattern(output));
    });
  },
);
