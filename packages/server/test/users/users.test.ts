import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANYONE } from '../../src/broker/access-list.js';
import { authenticator } from '../../src/users/authenticator.js';
import { addUser, removeUser } from '../../src/users/manage-users.js';
import { generatePassword, hashPassword, verifyPassword } from '../../src/users/password-hash.js';
import { readUserFile, userFilePath } from '../../src/users/user-file.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'louver-users-'));
  path = userFilePath(join(directory, 'data'));
});
afterEach(() => rm(directory, { recursive: true }));

const day = new Date('2026-03-01T00:00:00Z');
const bytes = (text: string): Uint8Array => Buffer.from(text);
const ann = { name: 'ann', role: 'operator', password: 'a good password' } as const;

test('a hash proves its password and no other, and is different every time', async () => {
  const [first, second] = await Promise.all([hashPassword('secret 1'), hashPassword('secret 1')]);
  expect(first).not.toBe(second);
  expect(first).toMatch(/^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  expect(await verifyPassword('secret 1', first)).toBe(true);
  expect(await verifyPassword('secret 2', first)).toBe(false);
  for (const broken of ['', 'secret 1', 'scrypt$15$8$1$x', 'scrypt$40$8$1$AAAA$AAAA', 'md5$1$1$1$AAAA$AAAA']) {
    expect(await verifyPassword('secret 1', broken)).toBe(false);
  }
});

test('generated passwords have 24 characters', () => {
  expect(generatePassword()).toMatch(/^[\w-]{24}$/);
});

test('users are added, changed and removed in a file that only its owner reads', async () => {
  expect(await addUser(path, ann, day)).toBe('added');
  expect(await addUser(path, { name: 'esp32-1', role: 'device', password: '12345678' }, day)).toBe('added');
  expect(await addUser(path, { ...ann, role: 'viewer' }, day)).toBe('changed');
  expect((await readUserFile(path)).map(({ name, role }) => [name, role])).toEqual([
    ['ann', 'viewer'],
    ['esp32-1', 'device'],
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).not.toContain('12345678');
  await removeUser(path, 'ann');
  expect((await readUserFile(path)).map(({ name }) => name)).toEqual(['esp32-1']);
  await expect(removeUser(path, 'ann')).rejects.toThrow('no user "ann"');
});

test('impossible names and passwords are refused with what is expected', async () => {
  await expect(addUser(path, { ...ann, name: 'a/b' }, day)).rejects.toThrow('expected 1 to 64 of A-Z');
  await expect(addUser(path, { ...ann, password: 'short' }, day)).rejects.toThrow('expected 8 to 1024');
  expect(await readUserFile(path)).toEqual([]);
});

test('a file that is not ours is refused, not overwritten', async () => {
  await addUser(path, ann, day);
  await writeFile(path, '{"version":2}');
  await expect(addUser(path, ann, day)).rejects.toMatchObject({ code: 'E_CONFIG' });
  expect(await readFile(path, 'utf8')).toBe('{"version":2}');
});

test('a thousand reconnects cost one verification, and a new password ends what is remembered', async () => {
  await addUser(path, ann, day);
  let now = 0;
  let verifications = 0;
  const { authenticate } = authenticator({
    path,
    anonymous: true,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    verify: (password, stored) => {
      verifications++;
      return verifyPassword(password, stored);
    },
  });
  const login = (password: string, username: string | undefined = 'ann') =>
    authenticate({ clientId: 'c', username, password: bytes(password) });
  const all = await Promise.all(Array.from({ length: 1000 }, () => login(ann.password)));
  expect(new Set(all.map((identity) => identity?.role))).toEqual(new Set(['operator']));
  expect(verifications).toBe(1);
  expect(await login('wrong password')).toBeUndefined();
  expect(await login(ann.password, 'nobody')).toBeUndefined();
  expect(await authenticate({ clientId: 'c', username: undefined, password: undefined })).toBeUndefined();
  await addUser(path, { ...ann, password: 'another one' }, day);
  now += 2_000;
  expect(await login(ann.password)).toBeUndefined();
  expect(await login('another one')).toEqual({ name: 'ann', role: 'operator' });
});

test('without users everybody is let in on loopback, nobody elsewhere', async () => {
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const nobody = { clientId: 'c', username: undefined, password: undefined };
  expect(await authenticator({ path, clock, anonymous: true }).authenticate(nobody)).toEqual(ANYONE);
  expect(await authenticator({ path, clock, anonymous: false }).authenticate(nobody)).toBeUndefined();
});

test('a login holds until its user is removed or has another password', async () => {
  await addUser(path, ann, day);
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const { authenticate, isValid } = authenticator({ path, clock, anonymous: true });
  const login = async (password: string) =>
    (await authenticate({ clientId: 'c', username: 'ann', password: bytes(password) }))!;
  const first = await login(ann.password);
  expect(await isValid(first)).toBe(true);
  expect(await isValid(ANYONE)).toBe(false);
  await addUser(path, { ...ann, password: 'another one' }, day);
  now += 2_000;
  expect(await isValid(first)).toBe(false);
  const second = await login('another one');
  expect(await isValid(second)).toBe(true);
  await addUser(path, { ...ann, name: 'bob' }, day);
  await removeUser(path, 'ann');
  now += 2_000;
  expect(await isValid(second)).toBe(false);
});
