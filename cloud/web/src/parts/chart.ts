/** A chart in its place on a page: drawn anew with what it shows, as wide as its place, and gone with it. */
import { init, type ECharts, type EChartsCoreOption } from 'echarts/core';
import { onBeforeUnmount, onMounted, watch, type ShallowRef } from 'vue';

/** A colour or a font of the present theme. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** How words at an axis look. */
export const axisLabel = (): { color: string; fontFamily: string; fontSize: number } => ({
  color: token('--text-quiet'),
  fontFamily: token('--font'),
  fontSize: 14,
});

/**
 * Draws `option`, and again whenever anything changes that it reads. Pressing anywhere in a column of the chart calls
 * `choose` with its index: a bar of a quiet hour, or a line, is hard to hit.
 */
export function useChart(
  place: Readonly<ShallowRef<HTMLElement | null>>,
  option: () => EChartsCoreOption,
  choose: (index: number) => void,
): void {
  let chart: ECharts | undefined;
  let resized: ResizeObserver | undefined;

  onMounted(() => {
    if (!place.value) return;
    const drawn = init(place.value, null, { renderer: 'svg' });
    drawn.getZr().on('click', ({ offsetX, offsetY }) => {
      const [index] = drawn.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]) ?? [];
      if (index !== undefined) choose(index);
    });
    resized = new ResizeObserver(() => drawn.resize());
    resized.observe(place.value);
    drawn.setOption(option());
    chart = drawn;
  });
  onBeforeUnmount(() => {
    resized?.disconnect();
    chart?.dispose();
  });
  watch(option, (changed) => chart?.setOption(changed));
}
