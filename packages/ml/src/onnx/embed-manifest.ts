import { sha256, withoutMetadata } from './model-hash.js';
import { MANIFEST_KEY, parseManifest, type ModelManifest } from './model-manifest.js';
import { METADATA_PROPS, readOnnxMetadata } from './onnx-metadata.js';
import { protobufBytes, protobufField } from './protobuf-writer.js';

/**
 * The same ONNX file with this manifest in its `metadata_props`, in place of one that it had, and the `sha256` of everything else in it.
 * Graph and weights stay byte by byte. Throws an `Error` in words when the manifest is none or the bytes are no ONNX file.
 */
export function embedManifest(
  onnx: Uint8Array,
  manifest: Omit<ModelManifest, 'sha256'> & Readonly<Record<string, unknown>>,
): Uint8Array {
  const others = [...readOnnxMetadata(onnx).properties].filter(([key]) => key !== MANIFEST_KEY);
  const graph = [...withoutMetadata(onnx)];
  const text = JSON.stringify({ ...manifest, sha256: sha256(...graph) });
  parseManifest(JSON.parse(text));
  return protobufBytes([
    ...graph,
    ...[...others, [MANIFEST_KEY, text] as const].flatMap(([key, content]) =>
      protobufField(METADATA_PROPS, [...protobufField(1, key), ...protobufField(2, content)]),
    ),
  ]);
}
