/** What a member of a JSON payload may be. `time` is RFC 3339 with its offset, `base64` a recording. */
export type PayloadMemberType =
  'number' | 'integer' | 'string' | 'boolean' | 'time' | 'base64' | 'object' | 'strings' | 'numbers' | 'any';

/** One member of a JSON payload. */
export interface PayloadMember {
  readonly name: string;
  readonly type: PayloadMemberType;
  /** Whether a payload without it is refused. */
  readonly required: boolean;
  /** Of a number, or the length of a text. Both ends are in. */
  readonly min?: number;
  readonly max?: number;
  /** `Celsius`, `percent`, `s`, `ms`, `Hz`, `bytes`, `dBm`, `percent/s`. */
  readonly unit?: string;
  /** Texts that it may be. */
  readonly values?: readonly string[];
  /** Pattern of the text, as in JSON Schema. */
  readonly pattern?: string;
  /** Whether `null` stands for a missing one. */
  readonly nullable?: boolean;
  /** Of an `object`. */
  readonly members?: readonly PayloadMember[];
  readonly description: string;
}

type Rest = Omit<PayloadMember, 'name' | 'type' | 'required' | 'description'>;

/** A member without which a payload is refused. */
export function required(name: string, type: PayloadMemberType, description: string, rest: Rest = {}): PayloadMember {
  return { name, type, required: true, description, ...rest };
}

/** A member that may be left out. */
export function optional(name: string, type: PayloadMemberType, description: string, rest: Rest = {}): PayloadMember {
  return { name, type, required: false, description, ...rest };
}
