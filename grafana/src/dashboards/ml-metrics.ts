import { dashboardOf } from '../dashboard.js';
import { bars, bins, rates, rows, timeSeries } from '../panels.js';
import {
  CALIBRATION,
  CONFIDENCE_BINS,
  CONFIDENCE_OVER_TIME,
  CORRECTION_OVER_TIME,
  CORRECTIONS,
  INFERENCE_LATENCY,
  MODEL_PERFORMANCE,
  PREDICTION_FREQUENCY,
} from '../queries/predictions.js';
import { series, table } from '../targets.js';

/** The model: how often, how fast, how sure, and how right. */
export const mlMetrics = dashboardOf({
  name: 'ml-metrics',
  title: 'Louver: model',
  description: 'The model: how often it is asked, how fast and how sure it answers, and how often people correct it.',
  sections: [
    {
      panels: [
        rates(
          {
            title: 'Prediction frequency',
            description: 'Answers of the model per minute, by version (ml_predictions).',
            unit: 'cpm',
            min: 0,
            width: 12,
            targets: [series(PREDICTION_FREQUENCY)],
          },
          { by: 'model_version' },
        ),
        timeSeries({
          title: 'Inference latency',
          description: 'How long the model took: half, 95 and 99 of 100 answers took no longer (ml_predictions).',
          unit: 'ms',
          min: 0,
          width: 12,
          targets: [series(INFERENCE_LATENCY)],
        }),
        bins({
          title: 'Confidence distribution',
          description: 'How many answers had which confidence, in steps of 0.05 (ml_predictions).',
          unit: 'none',
          width: 12,
          targets: [table(CONFIDENCE_BINS)],
        }),
        bars(
          {
            title: 'Calibration',
            description:
              'Of the decisions with about that confidence: the share that nobody corrected within ten minutes; well calibrated is what is as often right as it is sure (window_actions).',
            unit: 'percentunit',
            decimals: 0,
            min: 0,
            max: 1,
            width: 12,
            targets: [table(CALIBRATION)],
          },
          'confidence',
        ),
        rows({
          title: 'Model performance',
          description:
            'The versions of the model beside each other; corrected: the share of decisions that people changed within ten minutes (ml_predictions, window_actions).',
          width: 24,
          height: 6,
          targets: [table(MODEL_PERFORMANCE)],
        })
          .overrideByName('mean confidence', [
            { id: 'unit', value: 'percentunit' },
            { id: 'decimals', value: 0 },
          ])
          .overrideByName('corrected', [
            { id: 'unit', value: 'percentunit' },
            { id: 'decimals', value: 1 },
          ])
          .overrideByName('latency p95', [
            { id: 'unit', value: 'ms' },
            { id: 'decimals', value: 2 },
          ])
          .overrideByName('mean correction', [
            { id: 'unit', value: 'percent' },
            { id: 'decimals', value: 1 },
          ]),
        timeSeries(
          {
            title: 'Model performance over time: confidence',
            description: 'The mean confidence of each version in each interval (ml_predictions).',
            unit: 'percentunit',
            min: 0,
            max: 1,
            width: 12,
            targets: [series(CONFIDENCE_OVER_TIME)],
          },
          { by: 'model_version' },
        ),
        timeSeries(
          {
            title: 'Model performance over time: corrections',
            description:
              'How far people moved a window after each version had decided, in percent of its way (window_actions).',
            unit: 'percent',
            min: 0,
            width: 12,
            targets: [series(CORRECTION_OVER_TIME)],
          },
          { by: 'model_version' },
        ),
        rows(
          {
            title: 'Corrections by hand',
            description: 'Decisions that people changed within ten minutes, the newest first (window_actions).',
            width: 24,
            targets: [table(CORRECTIONS)],
          },
          { linked: 'device_id' },
        ).overrideByRegexp('decided|wanted|difference', [{ id: 'unit', value: 'percent' }]),
      ],
    },
  ],
});
