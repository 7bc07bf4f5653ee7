import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShortTimeSpectrum } from '../../src/features/short-time-spectrum.js';
import { hannWindow } from '../../src/features/hann-window.js';

test('magnitudes are those of the discrete Fourier transform, for frames of any length', () => {
  const lengths = fc.oneof(fc.integer({ min: 4, max: 300 }), fc.constantFrom(4, 16, 256, 257, 400, 441));
  fc.assert(
    fc.property(lengths, fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (nFft, stream) => {
      const samples = Float64Array.from({ length: nFft }, () => stream.next().value);
      const spectrum = new ShortTimeSpectrum({ nFft, winLength: nFft });
      spectrum.transform(samples, 0);
      const window = hannWindow(nFft, nFft);
      expect(spectrum.magnitude).toHaveLength(Math.floor(nFft / 2) + 1);
      for (let bin = 0; bin < spectrum.magnitude.length; bin++) {
        let re = 0;
        let im = 0;
        for (let i = 0; i < nFft; i++) {
          const turns = ((i * bin) % nFft) / nFft;
          re += samples[i]! * window[i]! * Math.cos(2 * Math.PI * turns);
          im += samples[i]! * window[i]! * Math.sin(2 * Math.PI * turns);
        }
        expect(spectrum.magnitude[bin]).toBeCloseTo(Math.hypot(re, im), 10);
        expect(spectrum.power[bin]).toBeCloseTo(re * re + im * im, 10);
      }
    }),
    { numRuns: 60 },
  );
});
