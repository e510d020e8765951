/** Sentences with gaps (M6) while they are written: what is wrong with one, and how it reads. Pure. */
import type { MessageEvent, Source } from '@shared/generated/wire';

/** Each placeholder with what stands in for it in the sample; the box's preview says the same. */
export const SAMPLE = {
  roomName: '801',
  wristband: '12',
  orderNumber: '1',
  goodsName: '水饺',
  num: '2',
  attendant: '18',
  text: '请看屏幕',
} as const;
export type Placeholder = keyof typeof SAMPLE;

/** Characters a sentence takes: about half a minute. */
export const TEMPLATE_MAX = 120;

/** A stretch of a template: words, or a gap by its name. */
export interface Piece {
  readonly text: string;
  readonly kind: 'words' | 'gap' | 'unknown';
}

export type TemplateFault = 'no_words' | 'too_long' | 'unknown' | 'brace';

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(SAMPLE, name);
}

/** Cuts a template into words and gaps. A brace without its partner is words. */
export function piecesOf(template: string): Piece[] {
  return template
    .split(/(\{[^{}]*\})/)
    .filter((text) => text !== '')
    .map((text) => {
      const name = /^\{([^{}]*)\}$/.exec(text)?.[1];
      if (name === undefined) return { text, kind: 'words' };
      return { text, kind: isPlaceholder(name) ? 'gap' : 'unknown' };
    });
}

/** Why the box would not save it; `null` when it would. */
export function faultOf(template: string, needsWords = true): TemplateFault | null {
  const pieces = piecesOf(template);
  if (needsWords && template.trim() === '') return 'no_words';
  if ([...template].length > TEMPLATE_MAX) return 'too_long';
  if (pieces.some(({ kind }) => kind === 'unknown')) return 'unknown';
  return pieces.some(({ kind, text }) => kind === 'words' && /[{}]/.test(text)) ? 'brace' : null;
}

/** How it reads: `801房间下单了水饺2份，请注意`. */
export function sampleOf(template: string): string {
  return piecesOf(template)
    .map(({ text, kind }) => (kind === 'gap' ? SAMPLE[text.slice(1, -1) as Placeholder] : text))
    .join('');
}

/** The placeholders that mean something for such an event, so that nobody has to choose among all. */
export function placeholdersFor(event: MessageEvent, source: Source): Placeholder[] {
  if (event === 'notice') return ['text'];
  if (event === 'attendant_called') return ['attendant', 'roomName', 'text'];
  const guest: Placeholder = source === 'wristband' ? 'wristband' : 'roomName';
  return event === 'service_called' ? [guest, 'orderNumber'] : [guest, 'goodsName', 'num', 'orderNumber'];
}
