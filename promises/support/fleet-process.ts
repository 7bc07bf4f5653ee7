import { setTimeout as sleep } from 'node:timers/promises';
import { FleetDevice } from './fleet-device.js';
import type {
  FleetAnswer,
  FleetLedger,
  FleetRequest,
  FleetSettings,
  FleetTally,
  Rates,
  ReceivedCommand,
} from './fleet-messages.js';
import { FleetStream, type Measure } from './fleet-stream.js';
import { Latencies } from './latencies.js';
import { pubackPacket, PUBLISH, publishOf, SUBACK, subscribePacket } from './raw-mqtt.js';

const MEASURES: readonly Measure[] = ['temperature', 'humidity', 'audio'];

/** Devices that publish at a pace, and one that sees every command, in a process of their own. */
class Fleet {
  readonly #baseMs = Date.now();
  readonly #latencies = new Latencies();
  readonly #devices: readonly FleetDevice[];
  readonly #streams: Readonly<Record<Measure, readonly FleetStream[]>>;
  readonly #commands = new Map<string, ReceivedCommand>();
  readonly #listener: FleetDevice;
  #listening: (() => void) | undefined;
  #rates: Rates = {};
  #paced = false;
  #counts = { sent: 0, skipped: 0, dropped: 0 };
  #before = { acknowledged: 0, resent: 0, commands: 0, atMs: performance.now() };

  constructor({ prefix, devices, qos = 1 }: FleetSettings) {
    const onDropped = (): void => void this.#counts.dropped++;
    const onAcknowledged = (ms: number): void => this.#latencies.add(ms);
    const names = Array.from({ length: devices }, (_, i) => `${prefix}-${i}`);
    this.#devices = names.map((name) => new FleetDevice(name, qos, { onAcknowledged, onDropped }));
    const streamsOf = (measure: Measure): FleetStream[] =>
      names.map((name) => new FleetStream(name, measure, this.#baseMs, qos));
    this.#streams = {
      temperature: streamsOf('temperature'),
      humidity: streamsOf('humidity'),
      audio: streamsOf('audio'),
    };
    this.#listener = new FleetDevice(`${prefix}-listener`, 1, {
      onAcknowledged,
      onDropped: () => undefined,
      onConnected: (socket) => void socket.write(subscribePacket(1, 'window/+/control')),
      onFrame: (frame, socket) => {
        const type = frame.head >> 4;
        if (type === SUBACK) this.#listening?.();
        if (type !== PUBLISH) return;
        const { id, payload } = publishOf(frame);
        this.#received(payload.toString());
        socket.write(pubackPacket(id));
      },
    });
  }

  async answer(request: FleetRequest): Promise<FleetAnswer> {
    switch (request.ask) {
      case 'connect':
        for (const device of this.#devices) device.start(request.port);
        while (this.#devices.some(({ connected }) => !connected)) await sleep(5);
        this.tally();
        return {};
      case 'listen': {
        const listening = new Promise<void>((resolve) => (this.#listening = resolve));
        this.#listener.start(request.port);
        await listening;
        return {};
      }
      case 'pace':
        this.#rates = request.rates;
        // Nobody waits for it: what goes wrong there ends the process.
        if (!this.#paced) void this.#pace();
        this.#paced = true;
        return {};
      case 'tally':
        return { tally: this.tally() };
      case 'rest':
        this.#rates = {};
        while (this.#unacknowledged() > 0) await sleep(5);
        return {};
      case 'ledger':
        return { ledger: this.#ledger() };
      case 'leave':
        for (const device of [...this.#devices, this.#listener]) device.stop();
        return {};
    }
  }

  tally(): FleetTally {
    const acknowledged = this.#acknowledged();
    const resent = this.#devices.reduce((sum, device) => sum + device.resent, 0);
    const { before, now } = { before: this.#before, now: performance.now() };
    const tally: FleetTally = {
      ...this.#counts,
      acknowledged: acknowledged - before.acknowledged,
      resent: resent - before.resent,
      commands: this.#commands.size - before.commands,
      unacknowledged: this.#unacknowledged(),
      ackMs: this.#latencies.take(),
      seconds: (now - before.atMs) / 1000,
    };
    this.#before = { acknowledged, resent, commands: this.#commands.size, atMs: now };
    this.#counts = { sent: 0, skipped: 0, dropped: 0 };
    return tally;
  }

  /** As evenly as timers of a millisecond allow; what was due while somebody could not send is not made up for. */
  async #pace(): Promise<void> {
    const due: Record<Measure, number> = { temperature: 0, humidity: 0, audio: 0 };
    const turn: Record<Measure, number> = { temperature: 0, humidity: 0, audio: 0 };
    for (let lastMs = performance.now(); ;) {
      const nowMs = performance.now();
      for (const measure of MEASURES) {
        due[measure] += ((this.#rates[measure] ?? 0) * (nowMs - lastMs)) / 1000;
        for (; due[measure] >= 1; due[measure]--) {
          const place = turn[measure]++ % this.#devices.length;
          const isSent = this.#devices[place]!.send(this.#streams[measure][place]!);
          this.#counts[isSent ? 'sent' : 'skipped']++;
        }
      }
      lastMs = nowMs;
      await sleep(1);
    }
  }

  #received(text: string): void {
    const command = JSON.parse(text) as { device_id: string; command_id: string; request_id: string };
    const { device_id: deviceId, command_id: commandId, request_id: requestId } = command;
    this.#commands.set(commandId, { deviceId, commandId, requestId });
  }

  #all(): readonly FleetStream[] {
    return MEASURES.flatMap((measure) => this.#streams[measure]);
  }

  #acknowledged(): number {
    return this.#all().reduce((sum, { count }) => sum + count, 0);
  }

  #unacknowledged(): number {
    return this.#devices.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0);
  }

  #ledger(): FleetLedger {
    const streams = this.#all()
      .filter(({ sent }) => sent > 0)
      .map(({ deviceId, measure, sent, acknowledged }) => ({ deviceId, measure, sent, acknowledged }));
    return { baseMs: this.#baseMs, streams, commands: [...this.#commands.values()] };
  }
}

/** Answers what it is sent, one after the other; the settings are its one argument. */
export function runFleetProcess(): void {
  const fleet = new Fleet(JSON.parse(process.argv[2]!) as FleetSettings);
  const tell = (answer: FleetAnswer): unknown => process.send!(answer);
  process.on('message', (request: FleetRequest) => {
    void fleet.answer(request).then(tell, (error: unknown) => tell({ error: String(error) }));
  });
  process.on('disconnect', () => process.exit());
}
