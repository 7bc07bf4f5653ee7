const EXPORT = 'export it to ONNX in Python';

/** Files that people hand over in place of an ONNX model: how they begin, and what to do. */
const KINDS: readonly { readonly at: number; readonly bytes: string; readonly words: string }[] = [
  { at: 0, bytes: 'PK\x03\x04', words: `a zip archive, as PyTorch (.pt, .pth) and Keras save: ${EXPORT}` },
  { at: 0, bytes: '\x80\x02', words: `a Python pickle: ${EXPORT}` },
  { at: 0, bytes: '\x80\x03', words: `a Python pickle: ${EXPORT}` },
  { at: 0, bytes: '\x80\x04', words: `a Python pickle: ${EXPORT}` },
  { at: 0, bytes: '\x80\x05', words: `a Python pickle: ${EXPORT}` },
  { at: 0, bytes: '\x89HDF\r\n', words: `an HDF5 file, as Keras saves: ${EXPORT}` },
  { at: 4, bytes: 'TFL3', words: `a TensorFlow Lite model: ${EXPORT}` },
  { at: 4, bytes: 'ORTM', words: `a model in onnxruntime's own format: use the .onnx file that it was made from` },
  { at: 0, bytes: '\x1f\x8b', words: 'compressed with gzip: unpack it' },
  {
    at: 0,
    bytes: 'version https://git-lfs',
    words: `a pointer of Git LFS, not the file itself: fetch it with git lfs pull`,
  },
];

/** What a file is that is no ONNX model, in words; `undefined` when nothing else is known of it. */
export function otherKind(bytes: Uint8Array): string | undefined {
  const begin = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return KINDS.find((kind) => begin.startsWith(kind.bytes, kind.at))?.words;
}
