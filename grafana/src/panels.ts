import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'; // prettier-ignore
import * as gauge from '@grafana/grafana-foundation-sdk/gauge';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as histogram from '@grafana/grafana-foundation-sdk/histogram';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** What every panel has. */
export interface PanelWords {
  readonly title: string;
  /** One sentence: what is shown, and from which table. */
  readonly description: string;
  /** Of Grafana's units, e.g. `celsius`; see docs/dashboards.md. */
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** Columns of the grid, 24 wide. */
  readonly width: number;
  /** Rows of the grid, about 30 pixels each. */
  readonly height?: number;
  readonly targets: readonly Builder<Dataquery>[];
  /** Colours from a value on, the first from the smallest. */
  readonly colours?: readonly (readonly [from: number | null, colour: string])[];
}

/** The members that all of the SDK's builders have. */
interface AnyPanel {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  min(min: number): this;
  max(max: number): this;
  span(width: number): this;
  height(height: number): this;
  targets(targets: Builder<Dataquery>[]): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  colorScheme(color: FieldColorBuilder): this;
  noValue(text: string): this;
}

function worded<P extends AnyPanel>(panel: P, words: PanelWords): P {
  const { title, description, unit, decimals, min, max, width, height = 8, targets, colours } = words;
  panel
    .title(title)
    .description(description)
    .span(width)
    .height(height)
    .targets([...targets]);
  if (unit !== undefined) panel.unit(unit);
  if (decimals !== undefined) panel.decimals(decimals);
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (colours !== undefined) {
    const steps = colours.map(([value, color]) => ({ value, color }));
    panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
    panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  }
  return panel;
}

const legend = (): common.VizLegendOptionsBuilder =>
  new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom);

const tooltip = (): common.VizTooltipOptionsBuilder =>
  new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending);

/** Series that have nothing in a while were not heard of; what comes less often than the panel has intervals is still one line. */
const CONNECTED_FOR_MS = 15 * 60_000;
/** Bars and cells narrower than this are a blur. */
const BARS = 150;

/**
 * Lines over time. `by`: the column after which series are called, where there is one of each of its values; without it they are called as their
 * columns are. `stepped`: what holds until something else is said.
 */
export function timeSeries(words: PanelWords, { by, stepped = false }: { by?: string; stepped?: boolean } = {}) {
  return called(worded(new timeseries.PanelBuilder(), words), by)
    .legend(legend())
    .tooltip(tooltip())
    .lineWidth(2)
    .fillOpacity(stepped ? 0 : 8)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(stepped ? true : CONNECTED_FOR_MS)
    .lineInterpolation(stepped ? common.LineInterpolation.StepAfter : common.LineInterpolation.Linear);
}

/** How often something happened, as bars on top of each other: where nothing did there is none, which a line would bridge. */
export function rates(words: PanelWords, { by }: { by?: string } = {}) {
  return called(worded(new timeseries.PanelBuilder(), words), by)
    .legend(legend())
    .tooltip(tooltip())
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(70)
    .lineWidth(1)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
    .maxDataPoints(BARS);
}

/** The data source would call a series `value kitchen`. */
function called<P extends { displayName(name: string): P }>(panel: P, by: string | undefined): P {
  return by === undefined ? panel : panel.displayName(`\${__field.labels.${by}}`);
}

/** Numbers, large; one for each column of the answer. */
export function stats(words: PanelWords) {
  return worded(new stat.PanelBuilder(), words)
    .reduceOptions(newest())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .noValue('–');
}

/** A dial for each row of the answer, named by its text. */
export function gauges(words: PanelWords) {
  return worded(new gauge.PanelBuilder(), words)
    .reduceOptions(newest().values(true).limit(50))
    .showThresholdLabels(false)
    .noValue('–');
}

/** Bars over the first column of the answer. */
export function bars(words: PanelWords, xField: string) {
  return worded(new barchart.PanelBuilder(), words)
    .xField(xField)
    .legend(legend())
    .tooltip(tooltip())
    .fillOpacity(75)
    .maxDataPoints(BARS)
    .showValue(common.VisibilityMode.Never)
    .xTickLabelSpacing(100);
}

/** Bars of an answer that has its bins counted already: `xMin`, `xMax`, and a column with the counts. */
export function bins(words: PanelWords) {
  return worded(new histogram.PanelBuilder(), words).legend(legend()).tooltip(tooltip()).fillOpacity(75).combine(false);
}

/** Coloured cells: a line of them for each series, from the bottom up in their order. */
export function cells(words: PanelWords, { scheme, by }: { readonly scheme: string; readonly by: string }) {
  const { unit = 'none' } = words;
  return called(worded(new heatmap.PanelBuilder(), words), by)
    .maxDataPoints(BARS)
    .calculate(false)
    .cellGap(1)
    .cellValues(new heatmap.CellValuesBuilder().unit(unit))
    .color(new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme(scheme).steps(64))
    .rowsFrame(new heatmap.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto))
    .showLegend();
}

/** Rows as they are; `linked` leads from a column to the dashboard of that device. */
export function rows(words: PanelWords, { linked }: { readonly linked?: string } = {}) {
  const panel = worded(new table.PanelBuilder(), words).noValue('–').filterable(true);
  if (linked === undefined) return panel;
  const url = '/d/louver-device-detail?var-device_id=${__value.raw}&${__url_time_range}';
  return panel.overrideByName(linked, [{ id: 'links', value: [{ title: 'This device', url }] }]);
}

function newest(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}
