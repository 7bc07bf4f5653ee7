// Looks for what would hold the loop of a device for more than 10 ms: `node firmware/test/blocking.mjs`, or with files of yours behind it. It reads text, it does
// not run it: it knows the calls below, and loops that wait for something outside. What it cannot see is how long a calculation takes, or other people's code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { HOLDS_THE_LOOP, PERMITTED } from './blocking-permitted.mjs';

const LONGEST_MS = 10;

/** Waits for the time that is one of their arguments, in so many milliseconds for each unit. */
const DELAYS = [
  { name: /^(delay|vTaskDelay|msleep)$/, unitMs: 1 },
  { name: /^(delayMicroseconds|usleep|esp_rom_delay_us|ets_delay_us)$/, unitMs: 0.001 },
  { name: /^(sleep)$/, unitMs: 1000 },
];
/** Wait until something has come, at most for the time that is the last argument. */
const TIMED =
  /^(i2s_channel_read|i2s_channel_write|i2s_read|i2s_write|ulTaskNotifyTake|xTaskNotifyWait|xQueueReceive|xQueueSend|xQueuePeek|xSemaphoreTake|xEventGroupWaitBits|xStreamBufferReceive|xStreamBufferSend|xRingbufferReceive|rmt_rx_done|waitForConnectResult)$/;
/** Wait as long as it takes, or as long as somebody else has set. */
const ALWAYS =
  /^(readBytes|readBytesUntil|readString|readStringUntil|parseInt|parseFloat|pulseIn|pulseInLong|nanosleep|vTaskDelayUntil|xTaskDelayUntil|sleep_for|select|accept|getaddrinfo|gethostbyname|hostByName|esp_tls_conn_new_sync|esp_http_client_(perform|open|fetch_headers|read|read_response|write|flush_response)|flush|esp_light_sleep_start|esp_deep_sleep)$/;
/** Flash: a sector is erased in 45 ms, 4 kB are written in 11. */
const FLASH =
  /^(erase|esp_partition_(erase_range|write)|esp_flash_(erase_region|write)|esp_ota_(begin|write|end)|nvs_commit|put(Bool|Char|UChar|Short|UShort|Int|UInt|Long|Long64|ULong64|Float|Double|String|Bytes))$/;
/** Takes its time for arithmetic. */
const SLOW = /^(mbedtls_pk_(verify|sign|parse_key)|mbedtls_ecdsa_\w+|mbedtls_rsa_\w+)$/;
/** Wait for somebody at the other end; what has the same name and fewer arguments is something else. */
const CONNECT = { name: /^connect$/, arguments: 2 };
/** Never wait when the socket was told so, which the same file must do. */
const SOCKET = /^(recv|recvfrom|send|sendto|lwip_(recv|send|read|write)|esp_tls_conn_(read|write))$/;
const SOCKET_ARGUMENTS = 3;
/** Wait for the bus, at most for the time that the same file must set. */
const I2C = /^(endTransmission|requestFrom)$/;
/** What a loop asks when it waits for the world. */
const OUTSIDE =
  /\b(available|connected|status|ready|digitalRead|gpio_get_level|millis|micros|nowMs|uptimeMs|now|xTaskGetTickCount|esp_timer_get_time)\s*\(/;

/** What does nothing but let time pass. */
const IDLING =
  /\b(yield|taskYIELD|portYIELD|delay|delayMicroseconds|vTaskDelay|esp_task_wdt_reset|feed)\s*\([^()]*\)|\bcontinue\b/g;

/** Comments, texts and characters become spaces: what is left is code, line for line. */
function codeOf(source) {
  return source.replace(/\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g, (text, at) => {
    // 1'000 is a number.
    if (text.startsWith("'") && /[0-9a-fA-F]/.test(source[at - 1] ?? '')) return text;
    return text.replace(/[^\n]/g, ' ');
  });
}

/** Where the bracket at `at` is closed. */
function closing(code, at) {
  const pairs = { '(': ')', '{': '}' };
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (code[i] === code[at]) depth++;
    if (code[i] === pairs[code[at]] && --depth === 0) return i;
  }
  return code.length;
}

const after = (code, at) => at + /^\s*/.exec(code.slice(at))[0].length;

/** Bodies of functions, with the names of their classes. */
function functionsOf(text) {
  const code = text.replace(/^[ \t]*#[^\n]*/gm, (line) => ' '.repeat(line.length));
  const found = [];
  const frames = [];
  let begin = 0;
  let parentheses = 0;
  for (let i = 0; i < code.length; i++) {
    const c = code[i];
    if (c === '(') parentheses++;
    if (c === ')') parentheses--;
    if (parentheses > 0) continue;
    if (c === '{') {
      const head = code.slice(begin, i).replace(/__attribute__\s*\(\(.*?\)\)/g, ' ');
      const inside = frames.some(({ kind }) => kind === 'function');
      const type = /\b(?:class|struct)\s+(\w+)[^()]*$/.exec(head);
      const name = /\bnamespace\b/.test(head)
        ? undefined
        : /([~\w:]+)\s*\(/.exec(head)?.[1].replace(/^(public|private|protected):/, '');
      if (!inside && type !== null) frames.push({ kind: 'class', name: type[1] });
      else if (!inside && name !== undefined && !/^(if|for|while|switch|catch)$/.test(name)) {
        const owner = frames.findLast(({ kind }) => kind === 'class');
        const whole = owner === undefined || name.includes('::') ? name : `${owner.name}::${name}`;
        found.push({ name: whole, begin: i, end: closing(code, i) });
        frames.push({ kind: 'function' });
      } else frames.push({ kind: 'other' });
    }
    if (c === '}') frames.pop();
    if (c === '{' || c === '}' || c === ';') begin = i + 1;
  }
  return found;
}

/** Loops, with their condition and from where to where their body reaches. */
function loopsOf(code) {
  const loops = [];
  const tails = new Set();
  for (const { index, 0: word } of code.matchAll(/\bdo\b(?=\s*\{)/g)) {
    const begin = after(code, index + word.length);
    const end = closing(code, begin);
    const tail = after(code, end + 1);
    tails.add(tail);
    const open = code.indexOf('(', tail);
    loops.push({ at: index, condition: code.slice(open + 1, closing(code, open)), begin, end });
  }
  for (const { index, 0: word, 1: kind } of code.matchAll(/\b(for|while)\s*\(/g)) {
    if (tails.has(index)) continue;
    const open = index + word.length - 1;
    const close = closing(code, open);
    const inside = code.slice(open + 1, close);
    const begin = after(code, close + 1);
    const end = code[begin] === '{' ? closing(code, begin) : code.indexOf(';', begin);
    const parts = inside.split(';');
    // Of a range there is no condition: it ends.
    if (kind === 'for' && parts.length < 3) loops.push({ at: index, begin, end });
    else loops.push({ at: index, condition: kind === 'for' ? parts[1] : inside, begin, end });
  }
  return loops;
}

/** Numbers that have a name in this file. */
function constantsOf(code) {
  const all = [
    ...code.matchAll(/\bconst(?:expr)?\s+[\w:\s]+?\b(\w+)\s*=\s*([\w']+)\s*;/g),
    ...code.matchAll(/^#define\s+(\w+)\s+([\w']+)\s*$/gm),
  ];
  return new Map(all.map(([, name, value]) => [name, value]));
}

/** A number, or the name of one; undefined when it cannot be told from this file. */
function valueOf(text, constants, depth = 0) {
  const bare = text
    .trim()
    .replace(/^pdMS_TO_TICKS\s*\(([^]*)\)$/, '$1')
    .replace(/\/\s*portTICK_PERIOD_MS$/, '')
    .trim();
  if (/^[\d']+[uUlL]*$/.test(bare)) return Number.parseInt(bare.replaceAll("'", ''), 10);
  const named = constants.get(bare);
  return named === undefined || depth > 4 ? undefined : valueOf(named, constants, depth + 1);
}

/** Split at the commas that are not inside brackets. */
function argumentsOf(text) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if ('([{'.includes(c)) depth++;
    if (')]}'.includes(c)) depth--;
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => part.trim());
}

/** What holds the loop in this text: `{ line, place, call, why }`, `place` being the function. */
function blockingIn(source) {
  const code = codeOf(source);
  const functions = functionsOf(code);
  const loops = loopsOf(code);
  const constants = constantsOf(code);
  const neverWaits = /\bO_NONBLOCK\b/.test(code);
  const busMs = valueOf(/\bsetTimeOut\s*\(([^)]*)\)/.exec(code)?.[1] ?? '', constants);
  const found = [];
  const report = (at, call, why) => {
    const place = functions.find(({ begin, end }) => begin < at && at < end)?.name ?? '';
    found.push({ line: code.slice(0, at).split('\n').length, place, call, why });
  };

  for (const { index, 0: text, 1: name } of code.matchAll(/\b(\w+)\s*\(/g)) {
    const open = index + text.length - 1;
    const before = code.slice(Math.max(0, index - 200), index).replace(/(?:\w+::)+$/, '');
    // A declaration or definition: a type stands before the name.
    if (/\b(?!(?:return|else|do|throw|case|and|or|not)\b)[A-Za-z_]\w*[*&]?\s+$/.test(before)) continue;
    const passed = argumentsOf(code.slice(open + 1, closing(code, open)));
    const delay = DELAYS.find((one) => one.name.test(name));
    if (delay !== undefined) {
      const value = valueOf(passed[0], constants);
      if (value === undefined)
        report(index, name, `waits for \`${passed[0]}\`, which this file does not say in numbers`);
      else if (value * delay.unitMs > LONGEST_MS) report(index, name, `waits for ${value * delay.unitMs} ms`);
      else if (loops.some(({ begin, end }) => begin <= index && index < end))
        report(index, name, 'waits again and again, in a loop');
    } else if (TIMED.test(name)) {
      const value = valueOf(passed.at(-1), constants);
      if (value === undefined || value > LONGEST_MS) report(index, name, `waits for up to \`${passed.at(-1)}\``);
    } else if (ALWAYS.test(name)) report(index, name, 'waits for as long as it takes');
    else if (FLASH.test(name)) report(index, name, 'waits for the flash: 45 ms for a sector that is erased');
    else if (SLOW.test(name)) report(index, name, 'calculates for longer than that');
    else if (CONNECT.name.test(name) && passed.length >= CONNECT.arguments)
      report(index, name, 'waits for as long as it takes');
    else if (SOCKET.test(name) && passed.length >= SOCKET_ARGUMENTS && !neverWaits)
      report(index, name, 'waits: nothing in this file sets O_NONBLOCK');
    else if (I2C.test(name) && !(busMs <= LONGEST_MS))
      report(index, name, `waits: nothing in this file sets a time for the bus of ${LONGEST_MS} ms or less`);
  }
  for (const { at, condition, begin, end } of loops) {
    if (condition === undefined) continue;
    if (/^\s*(true|1)?\s*$/.test(condition)) report(at, 'loop', 'never ends by its condition');
    else if (OUTSIDE.test(condition)) report(at, 'loop', `waits for something outside: \`${condition.trim()}\``);
    else if (/^[\s;{}]*$/.test(code.slice(begin, end).replace(IDLING, '')))
      report(at, 'loop', `does nothing but wait: \`${condition.trim()}\``);
  }
  return found.sort((a, b) => a.line - b.line);
}

/**
 * What is wrong with these files, as lines for a person.
 * @param files pairs of a path and its text.
 * @param permitted what may wait, and why; one that no call needs any more is wrong too.
 */
function faultsIn(files, permitted) {
  const faults = [];
  const used = new Set();
  for (const [file, source] of files) {
    for (const { line, place, call, why } of blockingIn(source)) {
      const permit = permitted.find((one) => one.file === file && one.place === place && one.call === call);
      if (permit !== undefined) used.add(permit);
      else
        faults.push(
          `${file}:${line}: ${call} in ${place || 'no function'} ${why}. Do it step by step, or in a task of its own; where the loop may wait, say so in blocking-permitted.mjs and docs/firmware.md.`,
        );
    }
  }
  for (const permit of permitted) {
    if (!used.has(permit))
      faults.push(
        `${permit.file}: ${permit.call} in ${permit.place} is permitted to wait and is not there. Remove it from blocking-permitted.mjs.`,
      );
  }
  return faults;
}

/** All that runs in the loop of a device: core, board and sketches. */
function sources() {
  const root = new URL('../', import.meta.url);
  const folders = ['src/', 'src/core/', 'src/board/'];
  const examples = new URL('examples/', root);
  if (existsSync(examples)) folders.push(...readdirSync(examples).map((name) => `examples/${name}/`));
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => /\.(h|cpp|ino)$/.test(name))
      .map((name) => [`${folder}${name}`, readFileSync(new URL(`${folder}${name}`, root), 'utf8')]),
  );
}

const given = process.argv.slice(2);
const files = given.length > 0 ? given.map((file) => [file, readFileSync(file, 'utf8')]) : sources();
const faults = faultsIn(files, given.length > 0 ? [] : PERMITTED);
if (given.length === 0) {
  const guide = readFileSync(new URL('../../docs/firmware.md', import.meta.url), 'utf8');
  const untold = [...HOLDS_THE_LOOP].filter((place) => !guide.includes(`\`${place}\``));
  faults.push(
    ...untold.map(
      (place) => `docs/firmware.md does not say that \`${place}\` holds the loop. Add it to the table there.`,
    ),
  );
}
for (const fault of faults) console.error(fault);
if (faults.length === 0)
  console.log(`${files.length} files, ${given.length > 0 ? 0 : PERMITTED.length} places that may wait`);
process.exitCode = faults.length === 0 ? 0 : 1;
