/** What is wrong with the input of a choice; recognised by `code`, never by class. */
export class RoutingError extends Error {
  override readonly name = 'RoutingError';

  constructor(
    readonly code:
      | 'NO_CANDIDATES'
      | 'DUPLICATE_AGENT'
      | 'COUNTS_INVALID'
      | 'FLOOR_INVALID'
      | 'PRIOR_INVALID'
      | 'FEATURES_INVALID'
      | 'FEATURES_MISSING'
      | 'CONTENDER_INVALID'
      | 'POLICY_UNKNOWN'
      | 'POLICY_PARAMETERS'
      | 'POLICY_VERSION'
      | 'LOG_INVALID'
      | 'MODEL_MISSING'
      | 'PARAMETER_INVALID'
      | 'MATRIX_INVALID',
    message: string,
  ) {
    super(message);
  }
}
