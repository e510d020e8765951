/** The cloud writes `credentials 70009: the signature is …`: a word of ours, a code, then what it means. */
export interface Reason {
  readonly word: string;
  readonly code: string;
  readonly said: string;
}

export function readReason(reason: string): Reason {
  const [, word = '', code = '', said = ''] = /^([a-z_]+)(?: ([\w]+))?[: ]*(.*)$/s.exec(reason) ?? [];
  return { word, code, said };
}
