import { protobufFields } from './protobuf-reader.js';

/** What an ONNX file says of itself besides its graph. [onnx.ModelProto] */
export interface OnnxMetadata {
  readonly producer: string;
  /** `metadata_props`: free texts by key. */
  readonly properties: ReadonlyMap<string, string>;
}

const PRODUCER_NAME = 2;
const GRAPH = 7;
const METADATA_PROPS = 14;

/**
 * Reads the outermost level of an ONNX file, which onnxruntime-web does not hand out. Throws an `Error` in words when the bytes are no
 * ONNX file or are cut short.
 */
export function readOnnxMetadata(bytes: Uint8Array): OnnxMetadata {
  const properties = new Map<string, string>();
  let producer = '';
  let hasGraph = false;
  for (const { number, value } of protobufFields(bytes)) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === GRAPH) hasGraph = true;
    else if (number === PRODUCER_NAME) producer = text(value);
    else if (number === METADATA_PROPS) {
      const entry = new Map([...protobufFields(value)].map((field) => [field.number, field.value]));
      const [key, content] = [entry.get(1), entry.get(2)];
      if (key instanceof Uint8Array && content instanceof Uint8Array) properties.set(text(key), text(content));
    }
  }
  if (!hasGraph) throw new Error('it holds no graph: it is not an ONNX model');
  return { producer, properties };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
