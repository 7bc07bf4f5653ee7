import { protobufFields } from './protobuf-reader.js';

/** What an ONNX file says of itself besides its graph. [onnx.ModelProto] */
export interface OnnxMetadata {
  readonly producer: string;
  /** Of the producer; empty when it does not say. */
  readonly producerVersion: string;
  /** Version of the file format; 0 when it does not say. */
  readonly irVersion: number;
  /** Version of each set of operators, by domain; the standard one is `ai.onnx`. */
  readonly opsets: ReadonlyMap<string, number>;
  /** `metadata_props`: free texts by key. */
  readonly properties: ReadonlyMap<string, string>;
}

const IR_VERSION = 1;
const PRODUCER_NAME = 2;
const PRODUCER_VERSION = 3;
const GRAPH = 7;
const OPSET_IMPORT = 8;
export const METADATA_PROPS = 14;

/**
 * Reads the outermost level of an ONNX file, which onnxruntime-web does not hand out. Throws an `Error` in words when the bytes are no
 * ONNX file or are cut short.
 */
export function readOnnxMetadata(bytes: Uint8Array): OnnxMetadata {
  const properties = new Map<string, string>();
  const opsets = new Map<string, number>();
  let [producer, producerVersion, irVersion] = ['', '', 0];
  let hasGraph = false;
  for (const { number, value } of protobufFields(bytes)) {
    if (number === IR_VERSION && typeof value === 'number') irVersion = value;
    if (!(value instanceof Uint8Array)) continue;
    if (number === GRAPH) hasGraph = true;
    else if (number === PRODUCER_NAME) producer = text(value);
    else if (number === PRODUCER_VERSION) producerVersion = text(value);
    else if (number === OPSET_IMPORT) {
      const { domain, version } = opset(value);
      opsets.set(domain, version);
    } else if (number === METADATA_PROPS) {
      const entry = new Map([...protobufFields(value)].map((field) => [field.number, field.value]));
      const [key, content] = [entry.get(1), entry.get(2)];
      if (key instanceof Uint8Array && content instanceof Uint8Array) properties.set(text(key), text(content));
    }
  }
  if (!hasGraph) throw new Error('it holds no graph: it is not an ONNX model');
  return { producer, producerVersion, irVersion, opsets, properties };
}

/** [onnx.OperatorSetIdProto] */
function opset(message: Uint8Array): { domain: string; version: number } {
  let [domain, version] = ['', 0];
  for (const { number, value } of protobufFields(message)) {
    if (number === 1 && value instanceof Uint8Array) domain = text(value);
    else if (number === 2 && typeof value === 'number') version = value;
  }
  return { domain: domain || 'ai.onnx', version };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
