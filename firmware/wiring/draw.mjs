// Draws the wiring of each board, and its table in docs/firmware.md, from src/board/pins.h: `node firmware/wiring/draw.mjs`, with --check to compare only.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('./', import.meta.url);
const header = readFileSync(new URL('../src/board/pins.h', here), 'utf8');
const guide = new URL('../../docs/firmware.md', here);

/** What is connected: to which pin of the board (a name of pins.h, or a supply) each pin of the part goes. */
const PARTS = [
  {
    name: 'SHT31 or SHT40',
    what: 'temperature, humidity (I²C)',
    wires: { VCC: '3V3', GND: 'GND', SDA: 'kI2cSda', SCL: 'kI2cScl' },
  },
  { name: 'DHT22', what: 'the same, instead; 10 kΩ from DATA to VCC', wires: { VCC: '3V3', GND: 'GND', DATA: 'kDht' } },
  {
    name: 'INMP441',
    what: 'microphone (I²S), left channel',
    wires: { VDD: '3V3', 'GND, L/R': 'GND', SCK: 'kI2sClock', WS: 'kI2sWord', SD: 'kI2sData' },
  },
  {
    name: 'Servo',
    what: 'window; a supply of its own, grounds joined',
    wires: { 'V+': '5V', GND: 'GND', SIGNAL: 'kServo' },
  },
  {
    name: 'Stepper driver',
    what: 'window, instead of the servo',
    wires: { VDD: '3V3', GND: 'GND', STEP: 'kStep', DIR: 'kDirection' },
  },
  { name: 'Relay or LED', what: 'switch at a temperature', wires: { VCC: '5V', GND: 'GND', IN: 'kRelay' } },
  {
    name: 'LCD 16×2 (PCF8574)',
    what: 'status lines; level shifter to 5 V',
    wires: { VCC: '5V', GND: 'GND', SDA: 'kI2cSda', SCL: 'kI2cScl' },
  },
];

const COLOURS = { '3V3': '#c0392b', '5V': '#e67e22', GND: '#2c3e50' };
const SIGNALS = ['#2471a3', '#1e8449', '#7d3c98', '#b7950b', '#117a65'];

/** The pins of each chip, in the order of the file. */
function boards() {
  const blocks = header
    .split(/^#(?:if|elif|else)/m)
    .slice(1)
    .filter((block) => block.includes('kBoard'));
  return blocks.map((block) => {
    const pins = Object.fromEntries(
      [...block.matchAll(/constexpr uint8_t (k\w+) = (\d+);/g)].map(([, name, pin]) => [name, Number(pin)]),
    );
    return { board: /kBoard\[\] = "(\w+)"/.exec(block)[1], pins };
  });
}

const pinName = (to, pins) => (to in pins ? `GPIO${pins[to]}` : to);

const BOX = { left: 40, width: 150, right: 470, partWidth: 330, gap: 22, line: 22, head: 46 };

function picture({ board, pins }) {
  let y = 70;
  const drawn = [];
  const ends = [];
  for (const { name, what, wires } of PARTS) {
    const entries = Object.entries(wires);
    const height = BOX.head + entries.length * BOX.line;
    drawn.push(`<rect x="${BOX.right}" y="${y}" width="${BOX.partWidth}" height="${height}" rx="6" class="part"/>`);
    drawn.push(
      `<text x="${BOX.right + 12}" y="${y + 19}" class="name">${name}</text><text x="${BOX.right + 12}" y="${y + 36}" class="what">${what}</text>`,
    );
    entries.forEach(([pin, to], at) => {
      const lineY = y + BOX.head + at * BOX.line;
      const colour = COLOURS[to] ?? SIGNALS[at % SIGNALS.length];
      drawn.push(`<path d="M${BOX.left + BOX.width} ${lineY} H${BOX.right}" stroke="${colour}" class="wire"/>`);
      drawn.push(
        `<circle cx="${BOX.right}" cy="${lineY}" r="4" fill="${colour}"/><circle cx="${BOX.left + BOX.width}" cy="${lineY}" r="4" fill="${colour}"/>`,
      );
      drawn.push(`<text x="${BOX.right + 12}" y="${lineY + 4}" class="pin">${pin}</text>`);
      ends.push(`<text x="${BOX.left + BOX.width - 10}" y="${lineY + 4}" class="pin end">${pinName(to, pins)}</text>`);
    });
    y += height + BOX.gap;
  }
  const height = y + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 ${height}" font-family="system-ui, sans-serif" role="img" aria-label="Wiring of ${board}">
<style>.part{fill:#fdfefe;stroke:#85929e}.board{fill:#e8f6ef;stroke:#1e8449}.name{font-size:14px;font-weight:600;fill:#1b2631}.what{font-size:12px;fill:#5d6d7e}.pin{font-size:12px;fill:#1b2631}.end{text-anchor:end}.wire{stroke-width:2.5;fill:none}</style>
<rect width="840" height="${height}" fill="#ffffff"/>
<text x="${BOX.left}" y="36" font-size="20" font-weight="600" fill="#1b2631">${board}</text>
<text x="${BOX.left + 120}" y="36" class="what">connect what you have; every part is optional. Same pin names are the same wire.</text>
<rect x="${BOX.left}" y="56" width="${BOX.width}" height="${y - 56 - BOX.gap + 14}" rx="8" class="board"/>
${[...drawn, ...ends].join('\n')}
</svg>
`;
}

function table(all) {
  const rows = PARTS.flatMap(({ name, wires }) =>
    Object.entries(wires).map(([pin, to]) => [name, pin, ...all.map(({ pins }) => pinName(to, pins))]),
  );
  const head = ['part', 'its pin', ...all.map(({ board }) => board)];
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const all = boards();
const files = new Map(all.map((one) => [fileURLToPath(new URL(`${one.board}.svg`, here)), picture(one)]));
const text = readFileSync(guide, 'utf8');
files.set(
  fileURLToPath(guide),
  text.replace(/(<!-- wiring -->\n\n)[^]*?(\n\n<!-- end of wiring -->)/, (_all, from, to) => from + table(all) + to),
);

const stale = [...files].filter(([path, wanted]) => {
  try {
    return readFileSync(path, 'utf8') !== wanted;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [path] of stale)
    console.error(`${path} is not what src/board/pins.h says: run node firmware/wiring/draw.mjs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, wanted] of stale) writeFileSync(path, wanted);
}
