/** Words for JSON Schemas that are closed at every level. */
export type Schema = Readonly<Record<string, unknown>>;

export const text = { type: 'string' } as const;
export const filled = { type: 'string', minLength: 1 } as const;
export const flag = { type: 'boolean' } as const;
export const moment = { type: 'string', format: 'date-time' } as const;
export const count = { type: 'integer', minimum: 0 } as const;
export const integer = { type: 'integer' } as const;

export function matching(pattern: RegExp): Schema {
  return { type: 'string', pattern: pattern.source };
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function exactly(value: string): Schema {
  return { type: 'string', const: value };
}

export function many(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

/** A mapping that must hold `required` and may hold `optional`, and nothing else. */
export function closed(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}
