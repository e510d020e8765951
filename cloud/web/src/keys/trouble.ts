/** What went wrong with a call: the cloud writes `401: the receiver …`, a code and its own words. */
export type TroubleWord = 'signature' | 'answered' | 'unreachable' | 'sealed' | 'no_answer';

export function readTrouble(text: string): { word: TroubleWord; code: string } {
  const [, code = ''] = /^([a-z]+|\d{3}): /.exec(text) ?? [];
  if (code === 'unreachable' || code === 'sealed') return { word: code, code };
  if (code === '401' || code === '403') return { word: 'signature', code };
  return { word: /^\d/.test(code) ? 'answered' : 'no_answer', code };
}
