import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../packages/server/src/cli/run-cli.js';
import { loadConfig } from '../../packages/server/src/config/load-config.js';
import { parseCompose, problemsOf, secretsOf, variablesOf, type Compose } from './compose.js';
import { lineageOf, parseDockerfile } from './dockerfile.js';
import { anchorsOf, blocksOf, linksOf } from './papers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const text = read('compose.yaml');
const compose = parseCompose(text);
const without = (tool: string): boolean =>
  spawnSync(tool, ['--version']).error !== undefined && process.env['CI'] !== 'true';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'louver-deploy-'));
  const env = { ...process.env, LOUVER_SECRETS: join(folder, 'secrets') };
  execFileSync(join(ROOT, 'deploy/make-secrets.sh'), ['broker.example', '192.0.2.7'], { env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = (name: string): string => join(folder, 'secrets', name);

describe('compose.yaml', () => {
  test.skipIf(without('docker-compose'))(
    "docker-compose takes it (its schema is compose-spec's; skipped where it is not installed)",
    () => {
      const config = (path: string) =>
        spawnSync('docker-compose', ['--project-directory', ROOT, '-f', path, 'config'], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], PROMETHEUS_RETENTION: '7d' },
        });
      const taken = config(join(ROOT, 'compose.yaml'));
      expect(taken.stderr).toBe('');
      const shown = parseCompose(taken.stdout);
      expect(Object.keys(shown.services)).toEqual(expect.arrayContaining(Object.keys(compose.services)));
      expect(shown.services['prometheus']!.command).toContain('--storage.tsdb.retention.time=7d');
    },
  );

  test('is a whole: what is used is declared and there, nothing has more rights than it needs', () => {
    expect(problemsOf(compose, ROOT)).toEqual([]);
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['clickhouse', 'mosquitto', 'louver-ingest', 'louver-inference', 'prometheus', 'grafana']),
    );
  });

  test.each<[string, string, string]>([
    [
      'eclipse-mosquitto:2.0.22',
      'eclipse-mosquitto:2',
      'mosquitto: image eclipse-mosquitto:2 is not pinned to a version',
    ],
    ["user: '472:0'", "user: '0:0'", 'grafana: user is 0:0'],
    ['read_only: true', 'read_only: false', 'clickhouse: the root file system can be written to'],
    ['cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'grafana: capabilities are kept'],
    ['no-new-privileges:true', 'no-new-privileges:false', 'grafana: may gain privileges'],
    ['mem_limit: ${GRAFANA_MEMORY:-512m}', '', 'grafana: memory or processes are not limited'],
    ['./deploy/mosquitto/acl:', './deploy/mosquitto/acls:', 'mosquitto: ./deploy/mosquitto/acls is not there'],
    ['mosquitto-data: {}', '', 'volumes: mosquitto-data is not declared'],
    ['secrets: [metrics_token]', 'secrets: [metrics_tokens]', 'secrets: metrics_tokens is not declared'],
    [
      "'${PUBLISH_ADDRESS:-127.0.0.1}:${GRAFANA_PORT",
      "'${GRAFANA_PORT",
      'grafana: port ${GRAFANA_PORT:-3000}:3000 is open to others',
    ],
    [
      'GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana_admin_password',
      'GF_SECURITY_ADMIN_PASSWORD: admin',
      'grafana: GF_SECURITY_ADMIN_PASSWORD is a secret in the open',
    ],
    ['prometheus: { condition', 'prometeus: { condition', 'grafana: depends on prometeus, which there is not'],
  ])('without %s it is found out', (good, bad, words) => {
    expect(text).toContain(good);
    expect(problemsOf(parseCompose(text.replace(good, bad)), ROOT)).toContain(words);
  });

  test('.env.example names every variable with its default and what it is for, and no other', () => {
    const lines = read('.env.example').split('\n');
    const given = lines.flatMap(
      (line) => (/^(\w+)=(.*)$/.exec(line)?.slice(1, 3) as [string, string] | undefined) ?? [],
    );
    const pairs = Object.fromEntries(
      lines.flatMap((line) => {
        const [, k, v] = /^(\w+)=(.*)$/.exec(line) ?? [];
        return k === undefined ? [] : [[k, v]];
      }),
    );
    expect(given.length).toBeGreaterThan(0);
    expect(pairs).toEqual(Object.fromEntries(variablesOf(text)));
    for (const [index, line] of lines.entries()) {
      if (!/^\w+=/.test(line)) continue;
      const before = lines.slice(0, index).findLast((each) => !/^\w+=/.test(each));
      expect(before, line).toMatch(/^# .{20,}/);
    }
  });

  const louver = Object.entries(compose.services).filter(([name]) => name.startsWith('louver-'));

  test('every LOUVER_ variable of a Louver is one that the server takes', () => {
    const seen = (environment: Record<string, string>): string => {
      try {
        return JSON.stringify(loadConfig({ environment, workingDirectory: folder }));
      } catch (error) {
        return String(error);
      }
    };
    const names = louver.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(new Set(names)).toEqual(new Set(['LOUVER_LOG_LEVEL', 'LOUVER_MODEL']));
    for (const name of [...names, 'LOUVER_HTTP_PORT']) expect(seen({ [name]: 'x' }), name).not.toBe(seen({}));
    expect(seen({ LOUVER_LOGLEVEL: 'x' })).toBe(seen({}));
  });

  test.each(louver)(
    '%s is told what the server understands, and sees the secrets that it reads and no other',
    (name, service) => {
      const mounted = service.volumes!.find((volume) => volume.includes(':/etc/louver/louver.yaml'))!;
      const yaml = read(mounted.split(':')[0]!);
      const wanted = [...yaml.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, each]) => each!);
      expect(new Set(secretsOf(service))).toEqual(new Set(wanted));
      writeFileSync(join(folder, `${name}.yaml`), yaml.replaceAll('/run/secrets', join(folder, 'secrets')));
      const config = loadConfig({ flags: { config: `${name}.yaml` }, workingDirectory: folder });
      expect(config.role).toBe(name.replace('louver-', ''));
      expect(config.mqtt).toMatchObject({ url: 'mqtts://mosquitto:8883', username: name });
      expect(config.apiTokens.map(({ role }) => role)).toEqual(['admin', 'viewer']);
      // A restoration puts the folder in the place of another, which a volume cannot be.
      if (config.role === 'ingest') expect(config.dataDir).toMatch(/^\/var\/lib\/louver\/./);
    },
  );

  const provisioning = join(ROOT, 'grafana', 'provisioning');

  test('Grafana is given all that its provisioning asks for', () => {
    const { environment = {}, command = [], ...service } = compose.services['grafana']!;
    const exported = [...command.join().matchAll(/export (LOUVER_\w+)/g)].map(([, name]) => name);
    const given = [...Object.keys(environment), ...exported];
    const files = readdirSync(provisioning, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.ya?ml$/.test(name),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const asked = read(join('grafana/provisioning', file));
      for (const [, name] of asked.matchAll(/\$\{?(LOUVER_\w+)/g)) expect(given, file).toContain(name);
      for (const [, name] of asked.matchAll(/\$__file\{\/run\/secrets\/(\w+)\}/g))
        expect(secretsOf(service), file).toContain(name);
    }
  });

  test('what Prometheus asks are services of the stack', () => {
    const targets = [...read('deploy/prometheus/prometheus.yml').matchAll(/targets: \[([\w-]+):/g)].map(
      ([, host]) => host!,
    );
    expect(targets).toEqual(['louver-ingest', 'louver-inference', 'clickhouse', 'localhost']);
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(targets.slice(0, 3)));
  });
});

describe('deploy/Dockerfile', () => {
  const stages = parseDockerfile(read('deploy/Dockerfile'));
  const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');

  test.each(['server', 'single-board'])(
    '%s: a pinned image, a user that is not root, a health check, what runs',
    (target) => {
      const { image, instructions } = lineageOf(stages, target);
      expect(image).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
      const last = (name: string): string | undefined => instructions.findLast((each) => each.name === name)?.rest;
      expect(last('USER')).toBe('10001:10001');
      expect(last('HEALTHCHECK')).toContain('"/opt/louver/deploy/healthcheck.mjs", "/healthz"');
      expect(last('CMD')).toBe('["louver", "serve"]');
      const from = instructions.flatMap(
        ({ rest }) => /^--from=(\S+) \/opt\/louver \/opt\/louver$/.exec(rest)?.[1] ?? [],
      );
      expect(from).toEqual([target === 'server' ? 'modules-without-engine' : 'modules']);
    },
  );

  test('compose.yaml builds the one without an engine', () => {
    expect(compose.services['louver-ingest']!.build!.target).toBe('server');
    expect(lineageOf(stages, 'modules-without-engine').instructions.at(-1)!.rest).toContain('node_modules/chdb');
  });

  test('what is copied is in the repository, and is not kept away by .dockerignore', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const sources = stages.flatMap(({ instructions }) =>
      instructions.flatMap(({ name, rest }) =>
        name === 'COPY' && !rest.startsWith('--from') ? rest.split(/\s+/).slice(0, -1) : [],
      ),
    );
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources.filter((each) => each !== '.')) {
      expect(
        tracked.some((path) => path === source || path.startsWith(`${source}/`)),
        source,
      ).toBe(true);
      expect(ignored, source).not.toContain(source);
    }
    expect(ignored).toEqual(expect.arrayContaining(['deploy/secrets', '.env', '.git', 'data', '**/node_modules']));
  });

  test('every workspace that the lockfile knows is there when its modules are installed', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    const copied = stages.find(({ name }) => name === 'modules')!.instructions.map(({ rest }) => rest);
    for (const workspace of workspaces) {
      if (workspace === 'examples/*') expect(copied).toContain('COPY examples examples'.slice(5));
      else expect(copied).toContain(`${workspace}/package.json ${workspace}/`);
    }
  });

  test('a misspelt instruction is found out', () => {
    expect(() => parseDockerfile('FROM a\nCOPPY a b')).toThrow('no instruction of a Dockerfile: COPPY a b');
    expect(() => parseDockerfile('RUN a\nFROM b')).toThrow('RUN before FROM');
  });
});

describe('secrets', () => {
  test('are all that compose.yaml wants, for nobody else, and never committed', () => {
    const wanted = Object.values((compose as Compose).secrets).map(({ file }) => file.replace('./deploy/secrets/', ''));
    for (const name of wanted) expect(existsSync(secret(name)), name).toBe(true);
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(statSync(secret('authority.key')).mode & 0o777).toBe(0o400);
    const ignored = spawnSync('git', ['check-ignore', 'deploy/secrets/api_token', '.env'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(ignored.stdout).toBe('deploy/secrets/api_token\n.env\n');
  });

  test('stay when they are made again; the certificate is for the names that were given', () => {
    const all = (): object =>
      Object.fromEntries(
        readdirSync(join(folder, 'secrets')).map((name) => [name, readFileSync(secret(name), 'utf8')]),
      );
    const before = all();
    execFileSync(join(ROOT, 'deploy/make-secrets.sh'), {
      env: { ...process.env, LOUVER_SECRETS: join(folder, 'secrets') },
    });
    expect(all()).toEqual(before);
    const shown = execFileSync('openssl', ['x509', '-in', secret('mqtt_server_certificate'), '-noout', '-text'], {
      encoding: 'utf8',
    });
    expect(shown).toContain('DNS:mosquitto, DNS:localhost, DNS:broker.example, IP Address:192.0.2.7');
    expect(
      execFileSync('openssl', ['verify', '-CAfile', secret('mqtt_ca'), secret('mqtt_server_certificate')], {
        encoding: 'utf8',
      }),
    ).toMatch(/: OK$/m);
  });

  test('a user takes the place of the one of that name, and of no other', () => {
    const env = { ...process.env, LOUVER_SECRETS: join(folder, 'secrets') };
    const names = (): readonly string[] =>
      readFileSync(secret('mqtt_passwords'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]!);
    const before = names();
    for (const name of ['aXb', 'a.b', 'a.b']) execFileSync(join(ROOT, 'deploy/mqtt-user.sh'), [name], { env });
    expect(names()).toEqual([...before, 'aXb', 'a.b']);
  });

  test('names that are none are refused', () => {
    const env = { ...process.env, LOUVER_SECRETS: join(folder, 'secrets') };
    for (const args of [[], ['a b'], ['a/b'], ['a', '--password'], ['a:b']]) {
      const { status, stderr } = spawnSync(join(ROOT, 'deploy/mqtt-user.sh'), args, { env, encoding: 'utf8' });
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/^(usage: mqtt-user\.sh NAME|mqtt-user\.sh: a user)/),
      ]);
    }
  });

  test('the users of ClickHouse have the passwords that the others read', () => {
    const xml = readFileSync(secret('clickhouse_users.xml'), 'utf8');
    for (const [user, file] of [
      ['louver', 'clickhouse_password'],
      ['reader', 'clickhouse_reader_password'],
    ] as const) {
      const password = readFileSync(secret(file), 'utf8').trimEnd();
      const hash = execFileSync('sha256sum', { input: password, encoding: 'utf8' }).split(' ')[0]!;
      expect(xml.split(`<${user}>`)[1]!.split(`</${user}>`)[0]).toContain(
        `<password_sha256_hex>${hash}</password_sha256_hex>`,
      );
    }
    expect(xml).toContain('<default remove="remove"/>');
  });
});

describe('what a tool can check is checked by it', () => {
  test.skipIf(without('promtool'))('promtool takes prometheus.yml (skipped where it is not installed)', () => {
    const yml = read('deploy/prometheus/prometheus.yml').replaceAll('/run/secrets', join(folder, 'secrets'));
    const check = (content: string) => {
      writeFileSync(join(folder, 'prometheus.yml'), content);
      return spawnSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')], { encoding: 'utf8' });
    };
    expect(check(yml)).toMatchObject({ status: 0, stderr: '' });
    expect(check(yml.replace('scrape_interval', 'scrape_intervall')).status).toBe(1);
  });

  test('the configuration of ClickHouse is XML, for one place of backups', () => {
    for (const file of [join(ROOT, 'deploy/clickhouse/config.xml'), secret('clickhouse_users.xml')]) {
      execFileSync('python3', [
        '-c',
        'import sys, xml.dom.minidom as m; assert m.parse(sys.argv[1]).documentElement.tagName == "clickhouse"',
        file,
      ]);
    }
    const paths = [...read('deploy/clickhouse/config.xml').matchAll(/path>(\/[^<]+)</g)].map(([, path]) => path);
    expect(paths).toEqual(['/var/lib/clickhouse/backups/', '/var/lib/clickhouse/backups/']);
  });

  test.skipIf(without('systemd-analyze'))(
    'systemd takes louver.service, and finds little to attack (skipped where it is not installed)',
    () => {
      mkdirSync(join(folder, 'unit'));
      const unit = join(folder, 'unit', 'louver.service');
      const verify = (content: string): string => {
        // Where the paper has it installed; here any program will do.
        writeFileSync(unit, content.replace('/opt/louver/current/node_modules/.bin/louver', process.execPath));
        return spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' }).stderr;
      };
      expect(verify(read('deploy/louver.service').replace('ProtectClock', 'ProtectClocks'))).toMatch(
        /Unknown key 'ProtectClocks'/,
      );
      expect(verify(read('deploy/louver.service'))).toBe('');
      const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit], {
        encoding: 'utf8',
      });
      expect(judged.stdout).toMatch(/Overall exposure level for louver\.service: [01]\.\d/);
      expect(judged.status).toBe(0);
    },
  );

  test('scripts are scripts', () => {
    for (const script of ['make-secrets.sh', 'mqtt-user.sh'])
      execFileSync('bash', ['-n', join(ROOT, 'deploy', script)]);
    execFileSync(process.execPath, ['--check', join(ROOT, 'deploy/healthcheck.mjs')]);
  });
});

describe.each(['docs/DEPLOYMENT.md', 'docs/BACKUP.md'])('%s', (paper) => {
  const shell = blocksOf(read(paper), 'sh', '');

  test('has shell that a shell can read, with files that are there', () => {
    expect(shell.length).toBeGreaterThan(3);
    for (const block of shell) {
      execFileSync('bash', ['-n'], { input: block });
      for (const [path] of block.matchAll(/\bdeploy\/(?!secrets)[\w./-]+/g))
        expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  });

  test('gives louver commands the options that they have', async () => {
    const commands = [...shell.join('\n').matchAll(/\blouver (user [a-z]+|serve|backup|restore|export)\b(.*)/g)];
    expect(commands.length).toBeGreaterThan(1);
    for (const [, command, rest] of commands) {
      let known = '';
      const output = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((known += String(chunk)), true));
      const code = await runCli([...command!.split(' '), '--help']);
      output.mockRestore();
      expect(code, command).toBe(0);
      for (const [flag] of rest!.matchAll(/--[a-z-]+/g)) expect(known, `louver ${command} ${flag}`).toContain(flag);
    }
  });

  test('links to what is there', () => {
    for (const target of linksOf(read(paper))) {
      const [file, anchor] = target.split('#') as [string, string?];
      const found = file === '' ? paper : join(dirname(paper), file);
      const path = existsSync(join(ROOT, found, 'README.md')) ? join(found, 'README.md') : found;
      expect(existsSync(join(ROOT, path)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(path)), target).toContain(anchor);
    }
  });
});
