import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that are made and committed: written when they are not up to date, or with `check` only found out. */
export class MadeFiles {
  #stale = [];
  #made = new Set();

  constructor({ root, check, command }) {
    this.root = root;
    this.check = check;
    this.command = command;
  }

  /** Found not to be up to date in another way. */
  note(path) {
    this.#stale.push(path);
  }

  /** What the file has to hold. @param path within the repository */
  put({ path, text }) {
    this.#made.add(path);
    const target = join(this.root, path);
    if (contentOf(target) === text) return;
    this.note(path);
    if (this.check) return;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  /** What is no longer made leaves no file behind in the folder. */
  clear(folder) {
    for (const entry of readdirSync(join(this.root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(this.root.length);
      if (entry.isDirectory() || this.#made.has(path)) continue;
      this.note(path);
      if (!this.check) rmSync(join(this.root, path));
    }
  }

  /** Says what was done; with `check` the process fails when there was something to do. */
  report() {
    const stale = this.#stale.join(', ');
    if (!this.check) return console.log(stale === '' ? 'everything was up to date' : `written: ${stale}`);
    if (stale === '') return;
    console.error(`not up to date: ${stale}\nRun \`${this.command}\` and commit what it changed.`);
    process.exitCode = 1;
  }
}

function contentOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
