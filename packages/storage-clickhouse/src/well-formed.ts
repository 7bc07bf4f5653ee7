/** Half of a surrogate pair has no UTF-8: it becomes U+FFFD, as every encoder of text does it. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
