/** What nearly every program needs and nobody keeps a secret in. */
export const BASE_ENVIRONMENT: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_*',
  'TZ',
  'TERM',
];

const ENTRY = /^[A-Za-z_][A-Za-z0-9_]*\*?$/;

/**
 * The variables of `environment` that the list names, and no others: the worker's own environment holds credentials of brokers and
 * databases. An entry is a name, or a prefix followed by `*`.
 * @throws RangeError on an entry that is neither; `*` alone is refused, for it would let everything through
 */
export function allowedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  allowList: readonly string[],
): Record<string, string> {
  for (const entry of allowList) {
    if (!ENTRY.test(entry)) {
      throw new RangeError(
        `environment allow-list: expected a variable's name or a prefix with *, found ${JSON.stringify(entry)}`,
      );
    }
  }
  const names = new Set(allowList.filter((entry) => !entry.endsWith('*')));
  const prefixes = allowList.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) allowed[name] = value;
  }
  return allowed;
}
