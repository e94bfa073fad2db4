/**
 * The one order of ids: by UTF-16 code unit, total, and the same in every locale. Ties are never left to the order of
 * arrival (D-06: a comparison with a tolerance is not transitive).
 */
export function byId(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
