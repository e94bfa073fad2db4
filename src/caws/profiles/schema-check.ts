import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { compileShape } from '../shape.js';
import { diagnose } from '../spec-shape.js';

/** Checks a document against a schema of ours; the schema is compiled by the first document that needs it. */
export function shapeOf(schema: () => object): (value: unknown) => Diagnostic[] {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= compileShape(schema());
    return validate(value) ? [] : (validate.errors ?? []).map(violation);
  };
}

/** The ids of v12 where they mean the same; `not` is how v10 shuts `change_budget` out. */
function violation(error: ErrorObject): Diagnostic {
  if (error.keyword !== 'not') return diagnose(error);
  return errorAt(
    'spec.schema.forbidden_field.change_budget',
    '`change_budget` is not part of a v10 spec',
    { pointer: '/', key: 'change_budget' },
    'Remove `change_budget`: the budget comes from the policy and the tier.',
  );
}
