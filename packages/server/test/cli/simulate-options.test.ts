import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { simulateCommand } from '../../src/cli/simulate-command.js';
import { pace, withSimulateOptions, type SimulateOptions } from '../../src/cli/simulate-options.js';
import { run, testEnvironment } from './support.js';

function parsed(...args: string[]): SimulateOptions {
  return withSimulateOptions(new Command()).exitOverride().parse(args, { from: 'user' }).opts<SimulateOptions>();
}

describe('when each device measures', () => {
  test.each([
    ['as it is', [], ['temperature', 'humidity'], 5_000, 30_000],
    ['intervals', ['--interval', '30', '--audio-interval', '600'], ['temperature', 'humidity'], 30_000, 600_000],
    ['one sensor', ['--sensors', 'humidity'], ['humidity'], 5_000, 0],
    ['sensors in any order', ['--sensors', 'audio, temperature'], ['temperature'], 5_000, 30_000],
    // 100 devices × 2 readings / 200 a second.
    ['a rate', ['--devices', '100', '--rate', '200', '--audio-interval', '0'], ['temperature', 'humidity'], 1_000, 0],
    // 10 of the 20 a second are recordings; 300 devices × 2 readings / 10 a second.
    ['a rate with recordings', ['--devices', '300', '--rate', '20'], ['temperature', 'humidity'], 60_000, 30_000],
    ['a rate of recordings alone', ['--devices', '10', '--rate', '5', '--sensors', 'audio'], [], 1, 2_000],
    // Twice as fast: half as often in the devices' time.
    [
      'a rate in real time',
      [
        ...['--devices', '100', '--rate', '200', '--sensors', 'temperature'],
        ...['--time-factor', '2', '--duration', '1'],
      ],
      ...[['temperature'], 1_000, 0],
    ],
  ] as [string, string[], string[], number, number][])('%s', (_name, args, quantities, intervalMs, audioIntervalMs) => {
    expect(pace(parsed(...args))).toEqual({ quantities, intervalMs, audioIntervalMs });
  });

  test('storms, shares and spans', () => {
    expect(parsed()).toMatchObject({ clockFaults: 0, duplicates: 0, timeFactor: 1, devices: 3 });
    expect(parsed('--clock-faults', '--duplicates', '0.5')).toMatchObject({ clockFaults: 0.1, duplicates: 0.5 });
    expect(['90', '90s', '1.5m', '250ms', '1h'].map((span) => parsed('--storm', span).storm)).toEqual([90_000, 90_000, 90_000, 250, 3_600_000]); // prettier-ignore
  });
});

describe('what cannot be is refused in words', () => {
  test.each([
    [['--sensors', 'co2'], /Found "co2", expected some of temperature, humidity, audio/],
    [['--sensors', ''], /Found "", expected some of/],
    [['--devices', '10001'], /from 1 to 10000/],
    [['--devices', '1.5'], /from 1 to 10000/],
    [['--interval', '0'], /--interval/],
    [['--interval', 'x'], /--interval/],
    [['--rate', '0'], /Expected messages per second from 0\.001 to 1000000/],
    [['--rate', '5', '--interval', '5'], /cannot be used with option '--interval/],
    [['--duration', '-1'], /--duration/],
    [['--time-factor', '0.5', '--duration', '1'], /Expected a number from 1 \(real time\) to 1000/],
    [['--time-factor', '10'], /found --time-factor 10 without --duration, expected it/],
    [['--storm', 'often'], /Expected a time up to a day, e\.g\. 60s, 5m or 1h/],
    [['--storm', '0s'], /Expected a time up to a day/],
    [['--storm', '25h'], /Expected a time up to a day/],
    [['--clock-faults', '1.1'], /Expected a share from 0 \(none\) to 1 \(all\)/],
    [['--duplicates', '-0.1'], /Expected a share from 0 \(none\) to 1 \(all\)/],
    [['--duplicates', 'all'], /Expected a share|Expected a number|number/],
    [['--seed', '-1'], /from 0 to 4294967295/],
    [['--sensors', 'audio', '--audio-interval', '0'], /makes no messages, expected another sensor/],
    [
      ['--devices', '300', '--rate', '10'],
      /found --rate 10 with 10 recordings\/s of 300 devices alone, expected a larger/,
    ],
    [
      ['--mqtt-url', 'ws://127.0.0.1:1'],
      /found ws:\/\/127\.0\.0\.1:1, expected a broker URL of scheme mqtt:\/\/ or mqtts/,
    ],
    [['--mqtt-url', 'wss://127.0.0.1:1'], /expected a broker URL of scheme mqtt:\/\/ or mqtts/],
    [['--mqtt-url', 'http://127.0.0.1:1'], /http/],
    [['--mqtt-url', 'mqtt://127.0.0.1:1', '--ca-file', 'x'], /ca-file|ENOENT/],
  ])('%j', async (args, message) => {
    // Before anything is dialled: the port is that of no broker.
    const refused = run(simulateCommand(testEnvironment()), ...args);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toMatchObject({ code: 'E_TRANSPORT' });
  });
});
