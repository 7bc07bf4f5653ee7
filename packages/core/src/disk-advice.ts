/** What somebody has to do about a folder or its disk, in sentences of the part that writes there. */
export interface DiskAdvice {
  readonly notWritable: string;
  readonly noFolder: string;
  readonly noSpace: string;
  readonly readOnly: string;
}

const KINDS: Readonly<Record<string, keyof DiskAdvice>> = {
  EACCES: 'notWritable',
  EPERM: 'notWritable',
  EROFS: 'readOnly',
  EEXIST: 'noFolder',
  ENOTDIR: 'noFolder',
  ENOSPC: 'noSpace',
  EDQUOT: 'noSpace',
};

/** What the file system has said, and what to do about it. */
export function withAdvice(cause: unknown, advice: DiskAdvice): string {
  const found = cause instanceof Error ? cause.message : String(cause);
  const kind = KINDS[(cause as NodeJS.ErrnoException | undefined)?.code ?? ''];
  return kind === undefined ? found : `${found}. ${advice[kind]}`;
}
