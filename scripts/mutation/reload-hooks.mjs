/**
 * A module hook: what is imported for a round (`?round=N`) imports in turn for the same round, so that a static mutant (a table, a
 * schema, a pattern) is loaded anew together with the tests that look at it. Libraries are shared by all rounds.
 */
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const round = context.parentURL === undefined ? null : new URL(context.parentURL).searchParams.get('round');
  if (round === null || !found.url.startsWith('file:') || found.url.includes('/node_modules/')) return found;
  const url = new URL(found.url);
  url.searchParams.set('round', round);
  return { ...found, url: url.href };
}
